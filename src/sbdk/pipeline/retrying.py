"""`dev --retry`: what of the failed run can be gone on with, and when it has to be a whole run instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sbdk.load.stamps import pipeline_stamp
from sbdk.pipeline.plan import Plan, pipeline_files
from sbdk.pipeline.reasons import Action
from sbdk.spec.project import LoadedProject
from sbdk.targets.base import Build, Target


@dataclass(frozen=True)
class Resumed:
    """A kept build, how far it came, and the facts gathered until then."""

    build: Build
    stage: str
    run_id: str
    facts: dict[str, Any]


def find_resumable(warehouse: Target, project: LoadedProject, plan: Plan) -> tuple[Resumed | None, str]:
    """The build to go on with, or None; and a sentence on why."""
    kept = warehouse.failed()
    if kept is None:
        return None, "no failed build was kept (a killed run keeps none): this is a whole run"
    build, note = kept
    resumed = Resumed(build, note["stage"], note["run_id"], note["facts"])
    if resumed.stage in {"generate", "load"}:
        return (
            None,
            f"run {resumed.run_id} failed while {_DOING[resumed.stage]}: everything is loaded into a fresh build",
        )
    changed = _changed(resumed.facts, project, plan)
    if changed:
        return None, f"{changed} since run {resumed.run_id}: this is a whole run"
    return resumed, f"going on with run {resumed.run_id} after its stage {_LAST[resumed.stage]}"


_DOING = {"generate": "running the pipelines", "load": "loading"}
_LAST = {"transform": "load", "check": "transform", "publish": "check"}


def _changed(facts: dict[str, Any], project: LoadedProject, plan: Plan) -> str | None:
    for key, name in (
        ("world", "the configuration, seed or volume"),
        ("range", "the range"),
        ("dataset", "the dataset"),
    ):
        if facts["inputs"][key] != plan.inputs[key]:
            return f"{name} changed"
    known = facts.get("pipelines", {})
    stamps = {path.name: pipeline_stamp(path, project.root) for path in pipeline_files(project.pipelines)}
    if stamps != {name: pipeline["stamp"] for name, pipeline in known.items()}:
        return "pipelines changed"
    return None


def resumed_plan(plan: Plan, resumed: Resumed) -> Plan:
    """The same plan with what the failed run did already taken out."""
    done = f"done by run {resumed.run_id}"
    mended = resumed.facts["inputs"]["dbt"] != plan.inputs["dbt"]
    again = resumed.stage == "transform" or mended
    return replace(
        plan,
        pipelines={name: Action(action.part, False, done) for name, action in plan.pipelines.items()},
        transform=Action("dbt", True, "failed" if not mended else "mended") if again else Action("dbt", False, done),
        check=Action("checks", True, "not done yet"),
        first=False,
        partial=False,
        checks=None,
    )
