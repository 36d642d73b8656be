"""What a run will do, and why: made before anything is written, shown by `--dry-run`, followed by the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sbdk.load.stamps import Stamp, changed_files, pipeline_stamp
from sbdk.pipeline.inputs import project_inputs
from sbdk.pipeline.options import RunOptions
from sbdk.spec.project import LoadedProject

Facts = dict[str, Any]


@dataclass(frozen=True)
class Action:
    """One part of a run: does it run, and why (not)."""

    part: str
    run: bool
    reason: str


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know before it starts. `clock` is where the clock will stand, naive UTC."""

    clock: datetime
    inputs: dict[str, Any]
    pipelines: dict[str, Action]
    transform: Action
    check: Action
    first: bool
    empty: bool
    before: Facts = field(default_factory=dict)

    @property
    def loads(self) -> bool:
        return any(action.run for action in self.pipelines.values())

    @property
    def up_to_date(self) -> bool:
        return not (self.first or self.loads or self.transform.run or self.check.run)

    @property
    def other_world(self) -> bool:
        """True when synthetic tables were made from other settings than today's."""
        return bool(self.before) and self.before["inputs"]["world"] != self.inputs["world"]

    @property
    def actions(self) -> list[Action]:
        return [*self.pipelines.values(), self.transform, self.check]


def make_plan(project: LoadedProject, options: RunOptions, before: Facts | None, clock: datetime | None) -> Plan:
    """`before` and `clock` come from the published build; None when there is none."""
    inputs = project_inputs(project)
    now = _clock(project, options, before, clock, inputs)
    pipelines = {
        path.name: _pipeline(path, project, options, before, inputs, moved=now != clock)
        for path in pipeline_files(project.pipelines)
    }
    loads = any(action.run for action in pipelines.values())
    transform = _transform(project, options, before, inputs, loads)
    return Plan(
        clock=now,
        inputs=inputs,
        pipelines=pipelines,
        transform=transform,
        check=_check(options, before, inputs, loads or transform.run),
        first=before is None,
        empty=options.full_refresh and not options.dbt_only,
        before=before or {},
    )


def pipeline_files(folder: Path) -> list[Path]:
    """The files that hold sources: every `*.py` but those that begin with an underscore."""
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _clock(
    project: LoadedProject, options: RunOptions, before: Facts | None, clock: datetime | None, inputs: dict[str, Any]
) -> datetime:
    kept = clock if clock and before and before["inputs"]["range"] == inputs["range"] else None
    return (kept or project.config.world_settings().anchor) + timedelta(days=options.advance)


def _pipeline(
    path: Path,
    project: LoadedProject,
    options: RunOptions,
    before: Facts | None,
    inputs: dict[str, Any],
    *,
    moved: bool,
) -> Action:
    part = f"pipelines/{path.name}"
    if options.dbt_only:
        return Action(part, False, "--dbt-only")
    if options.full_refresh or options.interval:
        return Action(part, True, "--full-refresh" if options.full_refresh else "--from/--to")
    known = (before or {}).get("pipelines", {}).get(path.name)
    if known is None:
        return Action(part, True, "never loaded")
    if known["stamp"] != pipeline_stamp(path, project.root):
        return Action(part, True, "the file changed")
    reason = _stale_source(known, project, before or {}, inputs, moved)
    return Action(part, reason is not None, reason or "up to date")


def _stale_source(
    known: dict[str, Any], project: LoadedProject, before: Facts, inputs: dict[str, Any], moved: bool
) -> str | None:
    if known["kind"] == "other":
        return "a source of its own: what it would bring is not known before"
    if known["kind"] == "synthetic" or known.get("streams"):
        if before["inputs"]["world"] != inputs["world"]:
            return "seed, volume, range, distributions or version changed: another world"
        if moved:
            return "the clock moves"
    if known["kind"] == "synthetic":
        return None
    stamps = {name: Stamp(*stamp) for name, stamp in known["files"].items()}
    changed = changed_files(stamps, known["patterns"], project.root)
    return f"{changed[0]} changed" if changed else None


def _transform(
    project: LoadedProject, options: RunOptions, before: Facts | None, inputs: dict[str, Any], loads: bool
) -> Action:
    def action(run: bool, reason: str) -> Action:
        return Action("dbt", run, reason)

    if options.pipelines_only:
        return action(False, "--pipelines-only")
    if not has_dbt_work(project.dbt):
        return action(False, f"no models in {project.dbt.name}/")
    if options.dbt_only or options.select or options.full_refresh:
        return action(True, "asked for")
    if loads:
        return action(True, "raw tables change")
    if before is None or before["inputs"]["dbt"] != inputs["dbt"]:
        return action(True, "the dbt project changed")
    if before.get("stale"):
        return action(True, f"{len(before['stale'])} models are stale")
    return action(False, "up to date")


def _check(options: RunOptions, before: Facts | None, inputs: dict[str, Any], changes: bool) -> Action:
    if changes:
        return Action("checks", True, "tables change")
    if before is None or before["inputs"]["checks"] != inputs["checks"]:
        return Action("checks", True, "checks changed")
    return Action("checks", False, "up to date")


def has_dbt_work(dbt: Path) -> bool:
    """True when the dbt project holds anything to build or test."""
    folders = ("models", "seeds", "snapshots", "tests")
    return any(path.suffix in {".sql", ".py", ".csv"} for name in folders for path in (dbt / name).rglob("*"))
