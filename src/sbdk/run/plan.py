"""What a run will do, and why: made before anything is written, shown by `--dry-run`, followed by the run.

Each file of `pipelines/` is decided upon first, then each stage in order, knowing what was decided before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sbdk.load.fingerprints import changed_files, pipeline_stamp
from sbdk.run.fingerprints import project_inputs
from sbdk.run.options import RunOptions
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
    """What decisions rest on. `before`: the record of the published build, None when there is none; `inputs`: hashes of
    the project as it is; `moved`: whether the clock moves; `decided`: the stages before this one, by name."""

    project: ProjectSpec
    options: RunOptions
    before: BuildRecord | None
    inputs: Inputs
    moved: bool
    pipelines: Mapping[str, Decision] = field(default_factory=dict)
    decided: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def known(self) -> BuildContents:
        """What the published build holds; nothing at all when there is none."""
        return self.before or EMPTY

    @property
    def loads(self) -> bool:
        return any(decision.run for decision in self.pipelines.values())

    def runs(self, stage: str) -> bool:
        return stage in self.decided and self.decided[stage].run

    @property
    def partial(self) -> bool:
        """Whether the published build can be built upon: same inputs, nothing stale, nothing special asked."""
        options, known, inputs = self.options, self.known, self.inputs
        if known.dbt.project_hash is None or known.dbt.stale or self.moved:
            return False
        if options.full_refresh or options.dbt_only or options.select or options.interval:
            return False
        was = known.inputs
        return (was.datasets, was.range, was.raw_schema) == (inputs.datasets, inputs.range, inputs.raw_schema)


class Decider(Protocol):
    """A stage, as far as a plan is concerned."""

    @property
    def name(self) -> str: ...

    def decide(self, inputs: PlanInputs) -> Decision:
        """Whether the stage has to run; asked of the stages in their order. Writes nothing."""


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know before it starts. `clock` is where the clock will stand, naive UTC.

    `pipelines`, `stages`: what was decided, by file and by stage. `first`: nothing is published yet. `empty`: the run
    starts from an empty build. `before`: the record of the published build. `partial`: dbt may leave alone what nothing
    has changed for.
    """

    clock: datetime
    inputs: Inputs
    pipelines: Mapping[str, Decision]
    stages: Mapping[str, Decision]
    first: bool
    empty: bool
    before: BuildRecord | None = None
    partial: bool = False

    @property
    def known(self) -> BuildContents:
        """What the published build holds; nothing at all when there is none."""
        return self.before or EMPTY

    @property
    def loads(self) -> bool:
        return any(decision.run for decision in self.pipelines.values())

    def runs(self, stage: str) -> bool:
        return stage in self.stages and self.stages[stage].run

    @property
    def up_to_date(self) -> bool:
        return not any(decision.run for decision in self.stages.values())

    @property
    def other_world(self) -> bool:
        """True when synthetic tables were made from other settings than today's."""
        return self.before is not None and self.before.inputs.datasets != self.inputs.datasets

    def first_draft(self) -> RecordDraft:
        """What a run starts from: what the published build holds, made from today's inputs."""
        return RecordDraft(**{**self.known.contents(), "inputs": self.inputs}, loads=self.loads)

    @property
    def actions(self) -> list[Action]:
        """What `--dry-run` lists; what loads is listed by file."""
        files = {f"pipelines/{name}": decision for name, decision in self.pipelines.items()}
        stages = {_PARTS.get(name, name): one for name, one in self.stages.items() if name not in _UNLISTED}
        return [Action(part, decision.run, decision.reason) for part, decision in {**files, **stages}.items()]


def make_plan(
    project: ProjectSpec,
    options: RunOptions,
    before: BuildRecord | None,
    stages: Sequence[Decider],
) -> Plan:
    """The plan on top of the published build, if there is one."""
    inputs = project_inputs(project)
    clock = _clock(project, options, before, inputs)
    ground = PlanInputs(project, options, before, inputs, moved=before is None or clock != before.clock)
    files = pipeline_files(project.pipelines)
    ground = replace(ground, pipelines={path.name: decide_pipeline(path, ground) for path in files})
    for stage in stages:
        ground = replace(ground, decided={**ground.decided, stage.name: stage.decide(ground)})
    return Plan(
        clock=clock,
        inputs=inputs,
        pipelines=ground.pipelines,
        stages=ground.decided,
        first=before is None,
        empty=options.full_refresh and not options.dbt_only,
        before=before,
        partial=ground.partial,
    )


def pipeline_files(folder: Path) -> list[Path]:
    """The files that hold sources: every `*.py` but those that begin with an underscore."""
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _clock(project: ProjectSpec, options: RunOptions, before: BuildRecord | None, inputs: Inputs) -> datetime:
    kept = before.clock if before and before.inputs.range == inputs.range else None
    return (kept or project.config.world_settings().anchor) + timedelta(days=options.advance)


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
        return "a source of its own: what it would bring is not known before"
    if known.kind == "synthetic" or known.streams:
        if inputs.known.inputs.datasets != inputs.inputs.datasets:
            return "seed, volume, range, distributions or version changed: another world"
        if inputs.moved:
            return "the clock moves"
    if known.kind == "synthetic":
        return None
    changed = changed_files(known.files, known.patterns, inputs.project.root)
    return f"{changed[0]} changed" if changed else None
