"""`dev --retry`: what of the failed run can be gone on with, and when it has to be a whole run instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbdk.load.fingerprints import pipeline_stamp
from sbdk.run.plan import Decision, Plan, pipeline_files
from sbdk.spec.project import ProjectSpec
from sbdk.state.record import FailedBuild, RecordDraft

if TYPE_CHECKING:
    from sbdk.targets.base import Build, Target

_DOING = {"generate": "running the pipelines", "load": "loading"}
_BEFORE = {"transform": "load", "check": "transform", "publish": "check"}


@dataclass(frozen=True)
class ResumableBuild:
    """A kept build, and how far it came."""

    build: Build
    failed: FailedBuild


def find_resumable(warehouse: Target, project: ProjectSpec, plan: Plan) -> tuple[ResumableBuild | None, str]:
    """The build to go on with, or None; and a sentence on why."""
    kept = warehouse.failed()
    if kept is None:
        return None, "no failed build was kept (a killed run keeps none): this is a whole run"
    build, failed = kept
    if failed.stage in _DOING:
        return None, f"run {failed.run_id} failed while {_DOING[failed.stage]}: everything is loaded into a fresh build"
    if changed := _changed(failed.draft, project, plan):
        return None, f"{changed} since run {failed.run_id}: this is a whole run"
    came_to = _BEFORE.get(failed.stage)
    after = f"after its stage {came_to}" if came_to else f"at its stage {failed.stage}"
    return ResumableBuild(build, failed), f"going on with run {failed.run_id} {after}"


def _changed(draft: RecordDraft, project: ProjectSpec, plan: Plan) -> str | None:
    was, now = draft.inputs, plan.inputs
    parts = {
        "the configuration, seed or volume": was.datasets == now.datasets,
        "the range": was.range == now.range,
        "the dataset": was.raw_schema == now.raw_schema,
    }
    for name, same in parts.items():
        if not same:
            return f"{name} changed"
    known = {name: pipeline.code for name, pipeline in draft.pipelines.items()}
    now_code = {path.name: pipeline_stamp(path, project.root) for path in pipeline_files(project.pipelines)}
    return None if known == now_code else "pipelines changed"


def resumed_plan(plan: Plan, failed: FailedBuild) -> Plan:
    """The same plan with what the failed run did already taken out."""
    done = Decision(False, f"done by run {failed.run_id}")
    fixed = failed.draft.inputs.dbt != plan.inputs.dbt
    again = failed.stage == "transform" or fixed
    stages = {
        **plan.stages,
        "generate": done,
        "load": done,
        "transform": Decision(True, "fixed" if fixed else "failed") if again else done,
        "check": Decision(True, "not done yet"),
        "publish": Decision(True, "not done yet"),
    }
    return replace(plan, pipelines=dict.fromkeys(plan.pipelines, done), stages=stages, first=False, partial=False)
