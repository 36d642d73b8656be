"""The plan of a run, with reasons: made before anything is written, shown by `--dry-run`, executed by the engine.

First comes a decision on each file of `pipelines/`, then one on each stage, in order, which may use earlier decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sbdk.load.fingerprints import changed_files, pipeline_stamp
from sbdk.run.fingerprints import project_inputs
from sbdk.run.options import Interval, RunOptions
from sbdk.spec.dbt_folders import has_dbt_work
from sbdk.spec.project import ProjectSpec
from sbdk.state.record import BuildContents, BuildRecord, RecordDraft
from sbdk.state.record_parts import Inputs, PipelineRecord

EMPTY = BuildContents()
_PARTS = {"transform": "dbt", "check": "checks"}
_UNLISTED = ("generate", "load", "publish")


@dataclass(frozen=True)
class Decision:
    """Whether a part of a run runs, and why (not)."""

    run: bool
    reason: str


@dataclass(frozen=True)
class Action:
    """A decision as `--dry-run` shows it, about a file of `pipelines/`, dbt or the checks."""

    part: str
    run: bool
    reason: str


@dataclass(frozen=True)
class PlanInputs:
    """The basis of decisions. `before`: the record of the published build, None when there is none; `inputs`: hashes of
    the present project; `moved`: whether the clock moves; `decided`: decisions on the stages before, by name."""

    project: ProjectSpec
    options: RunOptions
    before: BuildRecord | None
    inputs: Inputs
    moved: bool
    pipelines: Mapping[str, Decision] = field(default_factory=dict)
    decided: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def known(self) -> BuildContents:
        """The contents of the published build; empty when there is none."""
        return self.before or EMPTY

    @property
    def loads(self) -> bool:
        """Whether raw tables may change: pipelines run, contracts judge tables anew, or records are replayed."""
        return (
            self.other_contracts
            or bool(self.options.replay)
            or any(decision.run for decision in self.pipelines.values())
        )

    @property
    def other_contracts(self) -> bool:
        """Whether contracts changed since the published build."""
        return not self.options.dbt_only and (self.known.inputs.contracts or {}) != (self.inputs.contracts or {})

    def runs(self, stage: str) -> bool:
        return stage in self.decided and self.decided[stage].run

    @property
    def loses_models(self) -> bool:
        """Whether the dbt project holds nothing any more of what it had: its tables are dropped."""
        relations = [each for each in self.known.dbt.relations if each.type != "snapshot"]
        return bool(relations) and not self.options.pipelines_only and not has_dbt_work(self.project.dbt)

    @property
    def partial(self) -> bool:
        """Whether dbt may build only what changed: same inputs, nothing stale, no option that concerns all models."""
        options, known, inputs = self.options, self.known, self.inputs
        if known.dbt.project_hash is None or known.dbt.stale or self.moved:
            return False
        if options.full_refresh or options.dbt_only or options.select or options.interval:
            return False
        published_inputs = known.inputs
        return (published_inputs.datasets, published_inputs.range, published_inputs.raw_schema) == (
            inputs.datasets,
            inputs.range,
            inputs.raw_schema,
        )


class Decider(Protocol):
    """The part of a stage that a plan uses."""

    @property
    def name(self) -> str: ...

    def decide(self, inputs: PlanInputs) -> Decision:
        """Whether the stage has to run; called for the stages in their order. Writes nothing."""


@dataclass(frozen=True)
class Plan:
    """All decisions of a run before it starts. `clock`: the virtual time of its data, naive UTC.

    `pipelines`, `stages`: decisions, by file and by stage. `first`: nothing is published yet. `empty`: the run starts
    from an empty build. `before`: the record of the published build. `partial`: dbt may build only what changed.
    `loses_models`: the dbt project holds nothing any more of what it had. `has_dbt_work`: it holds anything.
    """

    clock: datetime
    inputs: Inputs
    pipelines: Mapping[str, Decision]
    stages: Mapping[str, Decision]
    first: bool
    empty: bool
    before: BuildRecord | None = None
    partial: bool = False
    loses_models: bool = False
    has_dbt_work: bool = True
    interval: Interval | None = None

    @property
    def known(self) -> BuildContents:
        """The contents of the published build; empty when there is none."""
        return self.before or EMPTY

    @property
    def loads(self) -> bool:
        """Whether raw tables may change."""
        return self.runs("load")

    def runs(self, stage: str) -> bool:
        return stage in self.stages and self.stages[stage].run

    @property
    def up_to_date(self) -> bool:
        return not any(decision.run for decision in self.stages.values())

    @property
    def other_world(self) -> bool:
        """True when the published synthetic tables were generated from other settings than the present ones."""
        return self.before is not None and self.before.inputs.datasets != self.inputs.datasets

    def first_draft(self) -> RecordDraft:
        """The draft that the first stage gets: the contents of the published build, with the present inputs."""
        interval = (
            tuple(day.date().isoformat() for day in (self.interval.start, self.interval.stop)) if self.interval else ()
        )
        contents = {**self.known.contents(), "inputs": self.inputs}
        return RecordDraft(**contents, loads=self.loads, interval=interval)

    @property
    def actions(self) -> list[Action]:
        """The decisions that `--dry-run` lists: pipelines by file, and the other stages."""
        files = {f"pipelines/{name}": decision for name, decision in self.pipelines.items()}
        stages = {_PARTS.get(name, name): each for name, each in self.stages.items() if name not in _UNLISTED}
        return [Action(part, decision.run, decision.reason) for part, decision in {**files, **stages}.items()]


def make_plan(
    project: ProjectSpec,
    options: RunOptions,
    before: BuildRecord | None,
    stages: Sequence[Decider],
) -> Plan:
    """The plan on top of the published build, if there is one."""
    inputs = project_inputs(project, before.dbt.variables if before else ())
    clock = _clock(project, options, before, inputs)
    basis = PlanInputs(project, options, before, inputs, moved=before is None or clock != before.clock)
    files = pipeline_files(project.pipelines)
    basis = replace(basis, pipelines={path.name: decide_pipeline(path, basis) for path in files})
    for stage in stages:
        basis = replace(basis, decided={**basis.decided, stage.name: stage.decide(basis)})
    return Plan(
        clock=clock,
        inputs=inputs,
        pipelines=basis.pipelines,
        stages=basis.decided,
        first=before is None,
        empty=options.full_refresh and not options.dbt_only,
        before=before,
        partial=basis.partial,
        loses_models=basis.loses_models,
        has_dbt_work=has_dbt_work(project.dbt),
        interval=options.interval,
    )


def pipeline_files(folder: Path) -> list[Path]:
    """The files with sources: every `*.py` whose name does not begin with an underscore."""
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _clock(project: ProjectSpec, options: RunOptions, before: BuildRecord | None, inputs: Inputs) -> datetime:
    published_clock = before.clock if before and before.inputs.range == inputs.range else None
    return (published_clock or project.config.world_settings().anchor) + timedelta(days=options.advance)


def decide_pipeline(path: Path, inputs: PlanInputs) -> Decision:
    """Whether a file of `pipelines/` has to run again."""
    options = inputs.options
    if options.dbt_only:
        return Decision(False, "--dbt-only")
    if options.full_refresh or options.interval:
        return Decision(True, "--full-refresh" if options.full_refresh else "--from/--to")
    known = inputs.known.pipelines.get(path.name)
    if known is None:
        return Decision(True, "never loaded")
    if known.code != pipeline_stamp(path, inputs.project.root):
        return Decision(True, "the file changed")
    reason = _stale_source(known, inputs)
    return Decision(reason is not None, reason or "up to date")


def _stale_source(known: PipelineRecord, inputs: PlanInputs) -> str | None:
    if known.kind == "other" and not inputs.options.changes_only:
        return "a source whose content is not known before it runs"
    if known.kind == "synthetic" or known.streams:
        if inputs.known.inputs.datasets != inputs.inputs.datasets:
            return "seed, volume, range, distributions or version changed: another world"
        if inputs.moved:
            return "the clock moves"
    if known.kind == "synthetic":
        return None
    changed = changed_files(known.files, known.patterns, inputs.project.root)
    return f"{changed[0]} changed" if changed else None
