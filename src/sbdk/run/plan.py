"""What a run will do, and why: made before anything is written, shown by `--dry-run`, followed by the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sbdk.run.decisions import Action, Ground, check_action, pipeline_action, transform_action
from sbdk.run.fingerprints import differing, project_inputs
from sbdk.run.options import RunOptions
from sbdk.spec.project import LoadedProject

Facts = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know before it starts. `clock` is where the clock will stand, naive UTC.

    `partial`: dbt may leave alone what nothing has changed for. `checks`: the checks to run, by file; None means all.
    """

    clock: datetime
    inputs: dict[str, Any]
    pipelines: dict[str, Action]
    transform: Action
    check: Action
    first: bool
    empty: bool
    before: Facts = field(default_factory=dict)
    partial: bool = False
    checks: frozenset[str] | None = None

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
    ground = Ground(project, options, before or {}, inputs, moved=now != clock)
    pipelines = {path.name: pipeline_action(path, ground) for path in pipeline_files(project.pipelines)}
    loads = any(action.run for action in pipelines.values())
    partial = _can_be_partial(ground)
    transform = transform_action(ground, loads=loads, partial=partial)
    check = check_action(ground, changes=loads or transform.run)
    return Plan(
        clock=now,
        inputs=inputs,
        pipelines=pipelines,
        transform=transform,
        check=check,
        first=before is None,
        empty=options.full_refresh and not options.dbt_only,
        before=ground.before,
        partial=partial,
        checks=None if loads or transform.run else _changed_checks(ground),
    )


def _can_be_partial(ground: Ground) -> bool:
    """Whether the published build can be built upon: the same world, nothing stale in it, nothing special asked for."""
    options, before = ground.options, ground.before
    if not before.get("marks") or before.get("stale") or ground.moved:
        return False
    if options.full_refresh or options.dbt_only or options.select or options.interval:
        return False
    return all(before["inputs"][part] == ground.inputs[part] for part in ("world", "range", "dataset"))


def _changed_checks(ground: Ground) -> frozenset[str] | None:
    known = ground.known_inputs("checks")
    return frozenset(differing(known, ground.inputs["checks"])) if isinstance(known, dict) else None


def pipeline_files(folder: Path) -> list[Path]:
    """The files that hold sources: every `*.py` but those that begin with an underscore."""
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _clock(
    project: LoadedProject, options: RunOptions, before: Facts | None, clock: datetime | None, inputs: dict[str, Any]
) -> datetime:
    kept = clock if clock and before and before["inputs"]["range"] == inputs["range"] else None
    return (kept or project.config.world_settings().anchor) + timedelta(days=options.advance)
