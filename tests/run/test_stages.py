"""A stage is one file and one line: the engine decides, measures, announces and records it as any other."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sbdk import Project
from sbdk.core.errors import CheckFailed
from sbdk.core.events import RunEvent, Sink, StageFinished, silent
from sbdk.run import engine
from sbdk.run.context import RunContext, Stage, StageOutcome
from sbdk.run.options import RunOptions
from sbdk.run.plan import Decision, PlanInputs, make_plan
from sbdk.run.result import RunResult
from sbdk.run.sinks import open_stream
from sbdk.run.stages import STAGES
from sbdk.state.history import History
from sbdk.state.record import RecordDraft

NAMES = ["generate", "load", "transform", "check", "publish"]
THINGS = """import dlt

@dlt.resource(name="things", primary_key="id")
def things():
    yield [{"id": number} for number in range(6)]
"""


@dataclass(frozen=True)
class Measure:
    """Notes in the record how many raw tables the build has."""

    name: str = "measure"
    fails: bool = False

    def decide(self, inputs: PlanInputs) -> Decision:
        return Decision(inputs.loads, "raw tables change" if inputs.loads else "up to date")

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        draft = replace(so_far, cursors={"measured": str(len(so_far.keys))})
        error = CheckFailed("too few") if self.fails else None
        return StageOutcome(draft, rows=len(so_far.keys), error=error)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "things.py").write_text(THINGS)
    (tmp_path / "sbdk_config.json").write_text('{"project": "shop"}')
    return Project(tmp_path)


def with_stage(stage: Stage) -> tuple[Stage, ...]:
    """Before the last one, which publishes."""
    return (*STAGES[:-1], stage, STAGES[-1])


def run(project: Project, options: RunOptions, emit: Sink, stages: tuple[Stage, ...] = STAGES) -> RunResult:
    stream = open_stream(project.loaded, emit, report=False)
    return engine.run(project, options, stream, command="a test", stages=stages)


def test_the_stages_have_their_names_and_order() -> None:
    assert [stage.name for stage in STAGES] == NAMES


def test_a_new_stage_is_planned_run_measured_and_recorded(project: Project) -> None:
    seen: list[RunEvent] = []
    result = run(project, RunOptions(), seen.append, stages=with_stage(Measure()))
    assert result.error is None
    assert [(stage.name, stage.status) for stage in result.stages][3:] == [
        ("check", "success"),
        ("measure", "success"),
        ("publish", "success"),
    ]
    assert result.stages[4].rows == 1
    assert [event.stage for event in seen if isinstance(event, StageFinished)] == [*NAMES[:4], "measure", "publish"]
    published = project.published()
    assert published.record.cursors == {"measured": "1"}
    recorded = History(project.loaded.state).run(result.run_id)
    assert recorded is not None
    assert "measure" in [stage.name for stage in recorded.stages]

    plan = make_plan(project.loaded, RunOptions(changes_only=True), published.record, with_stage(Measure()))
    assert plan.up_to_date
    assert [action.part for action in plan.actions] == ["pipelines/things.py", "dbt", "checks", "measure"]


def test_a_new_stage_that_fails_leaves_the_build_and_what_was_recorded(project: Project) -> None:
    result = run(project, RunOptions(), silent, stages=with_stage(Measure(fails=True)))
    assert (result.status, str(result.error), result.published) == ("failed", "too few", None)
    assert {stage.name: stage.status for stage in result.stages}["publish"] == "skipped"
    kept = project.warehouse().failed()
    assert kept is not None
    assert (kept[1].stage, kept[1].draft.cursors, kept[1].run_id) == ("measure", {"measured": "1"}, result.run_id)
    assert not project.loaded.published.exists()

    again = run(project, RunOptions(retry=True), silent, stages=with_stage(Measure()))
    assert again.status == "success"
    assert project.published().record.keys.keys() == {"things"}


def test_a_run_that_has_nothing_to_do_and_fails_is_a_failed_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(project, RunOptions(), silent)
    second = run(project, RunOptions(changes_only=True), silent)
    assert (first.status, second.status, second.published) == ("success", "up_to_date", first.published)

    def broken(self: object) -> None:
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr("sbdk.targets.duckdb.target.DuckDBTarget.verify", broken)
    third = run(project, RunOptions(changes_only=True), silent)
    assert (third.status, third.published) == ("failed", None)
    assert "of a test" in str(third.error)
    recorded = History(project.loaded.state).run(third.run_id)
    assert recorded is not None
    assert recorded.status == "failed"


def test_a_build_whose_record_has_other_fields_is_still_the_published_one(project: Project) -> None:
    """Fields that a version adds or no longer writes: once, every build was then damaged or gone, and a run that had
    nothing to do was up to date and had an error."""
    first = run(project, RunOptions(), silent)
    (manifest,) = (project.loaded.state / "builds").rglob("manifest.json")
    written = json.loads(manifest.read_text())
    written["dbt"]["nodes"] = {"model.shop.a": {"type": "model", "status": "success", "seconds": 2}}
    written["dbt"]["counts"] = {"models": 1, "snapshots": 0}
    written["owner"] = "somebody"
    del written["checks"]
    manifest.write_text(json.dumps(written))

    assert [build.run_id for build in project.warehouse().builds()] == [first.run_id]
    assert project.published().run_id == first.run_id
    again = run(project, RunOptions(changes_only=True), silent)
    assert (again.status, again.error, again.dbt.models) == ("up_to_date", None, 1)


def test_what_a_stage_is_given_stays_as_it_was(project: Project) -> None:
    """Records are frozen, and a stage returns another draft."""
    given: list[tuple[RecordDraft, str]] = []

    @dataclass(frozen=True)
    class Keep(Measure):
        def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
            given.append((so_far, repr(so_far)))
            return super().run(context, so_far)

    result = run(project, RunOptions(), silent, stages=with_stage(Keep()))
    assert result.error is None
    assert [repr(draft) for draft, _ in given] == [text for _, text in given]
