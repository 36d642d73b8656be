"""`dev --retry`: finds the build of a failed run that can be resumed, and the plan for the rest of its stages."""

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
    """A kept build, with its failed stage and its draft."""

    build: Build
    failed: FailedBuild


def find_resumable(target: Target, project: ProjectSpec, plan: Plan) -> tuple[ResumableBuild | None, str]:
    """The build to resume, or None; and the reason, for people."""
    kept = target.failed()
    if kept is None:
        return None, "no failed build was kept (a killed run keeps none): this is a whole run"
    build, failed = kept
    if failed.stage in _DOING:
        return None, f"run {failed.run_id} failed while {_DOING[failed.stage]}: everything is loaded into a fresh build"
    if changed := _changed(failed.draft, project, plan):
        return None, f"{changed} since run {failed.run_id}: this is a whole run"
    if failed.draft.interval:
        start, stop = failed.draft.interval
        return None, f"run {failed.run_id} was one of --from {start} --to {stop}, give these again: this is a whole run"
    completed = _BEFORE.get(failed.stage)
    after = f"after its stage {completed}" if completed else f"at its stage {failed.stage}"
    return ResumableBuild(build, failed), f"resuming run {failed.run_id} {after}"


def _changed(draft: RecordDraft, project: ProjectSpec, plan: Plan) -> str | None:
    then, now = draft.inputs, plan.inputs
    parts = {
        "the configuration, seed or volume": then.datasets == now.datasets,
        "the range": then.range == now.range,
        "the dataset": then.raw_schema == now.raw_schema,
    }
    for name, same in parts.items():
        if not same:
            return f"{name} changed"
    known = {name: pipeline.code for name, pipeline in draft.pipelines.items()}
    now_code = {path.name: pipeline_stamp(path, project.root) for path in pipeline_files(project.pipelines)}
    return None if known == now_code else "pipelines changed"


def _transform(plan: Plan, failed: FailedBuild, done: Decision) -> Decision:
    """dbt goes on from the project as it is now: what failed, what was not reached, and what was edited since."""
    if plan.loses_models or not plan.has_dbt_work:
        return Decision(False, "no models")
    if failed.draft.inputs.dbt != plan.inputs.dbt:
        return Decision(True, "the dbt project changed since")
    return Decision(True, "failed") if failed.stage == "transform" else done


def resumed_plan(plan: Plan, failed: FailedBuild) -> Plan:
    """The plan without the stages that the failed run has completed."""
    done = Decision(False, f"done by run {failed.run_id}")
    stages = {
        **plan.stages,
        "generate": done,
        "load": done,
        "transform": _transform(plan, failed, done),
        "check": Decision(True, "not done yet"),
        "publish": Decision(True, "not done yet"),
    }
    return replace(plan, pipelines=dict.fromkeys(plan.pipelines, done), stages=stages, first=False, partial=False)
