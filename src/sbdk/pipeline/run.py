"""One run from lock to publish. What fails ends in the result; the published file is then as it was."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError, UsageError, WarehouseDamaged
from sbdk.core.events import Emit, Event
from sbdk.pipeline import measure
from sbdk.pipeline.options import RunOptions
from sbdk.pipeline.plan import Plan
from sbdk.pipeline.project import plan_from
from sbdk.pipeline.refusing import expected_size, refuse_options, refuse_plan
from sbdk.pipeline.result import DbtCounts, RunResult, StageResult
from sbdk.pipeline.stages import STAGES, Work, skip

LARGE = 10_000_000  # rows; from here on it is worth saying how long it will take

if TYPE_CHECKING:
    from sbdk.pipeline.history import History
    from sbdk.pipeline.project import Project
    from sbdk.pipeline.retrying import Resumed
    from sbdk.transform import Worker
    from sbdk.warehouse import Published


def run(project: Project, options: RunOptions, emit: Emit) -> RunResult:
    """Lock, plan, perform, record. LockHeld, WarehouseDamaged and the like end in the result, too.

    Wrong usage, or a volume that the disk cannot hold, is raised before anything is written.
    """
    from sbdk.pipeline.history import new_run_id
    from sbdk.warehouse.lock import ProjectLock

    result = RunResult(new_run_id(), "failed")
    refuse_options(project, options)
    _lend_environment(project)
    try:
        with ProjectLock(project.loaded.state, _command(), emit=emit):
            _locked(project, options, emit, result)
    except UsageError:
        raise
    except SbdkError as error:
        result.error = error
    _complete(result)
    return result


def _complete(result: RunResult) -> None:
    """Every result names all stages: those that did not run are skipped ones."""
    done = {stage.name for stage in result.stages}
    result.stages += [StageResult(name) for name in STAGES if name not in done]
    result.seconds = measure.seconds_since_start()


def _command() -> str:
    return " ".join(["sbdk", *sys.argv[1:]])


def _lend_environment(project: Project) -> None:
    """Variables of `.env` that are not ours belong to the user's sources and models; the real environment wins."""
    for name, value in project.loaded.dotenv.items():
        os.environ.setdefault(name, value)


def _locked(project: Project, options: RunOptions, emit: Emit, result: RunResult) -> None:
    from sbdk.pipeline.history import History

    current = _published(project, options)
    plan = plan_from(project.loaded, options, current)
    refuse_plan(project, plan)
    _say_what_comes(project, plan, emit)
    history = History(project.loaded.state, emit=emit)
    history.start_run(_command(), run_id=result.run_id, target=project.loaded.config.target)
    status = "failed"
    try:
        if current and plan.up_to_date and not options.retry:
            _up_to_date(result, current)
        else:
            _perform(project, options, plan, emit, result)
        status = result.status
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    except SbdkError as error:
        result.error = error
    except Exception as error:
        result.error = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback")
        result.error.__cause__ = error
    finally:
        result.seconds = measure.seconds_since_start()
        _put_on_record(history, result, status)


def _published(project: Project, options: RunOptions) -> Published | None:
    """The published build, every byte of it compared with its manifest.

    A full refresh does not need a sound one: it is the way out of a damaged file.
    """
    try:
        return project.warehouse().verify()
    except WarehouseDamaged:
        if options.full_refresh:
            return None
        raise


def _say_what_comes(project: Project, plan: Plan, emit: Emit) -> None:
    expected = expected_size(project, plan)
    if expected and expected.total_rows >= LARGE:
        emit(Event("note", "", f"this makes {expected}"))


def _put_on_record(history: History, result: RunResult, status: str) -> None:
    from sbdk.pipeline.history import StageRecord

    for stage in result.stages:
        rate = stage.as_dict().get("rows_per_second")
        record = StageRecord(stage.name, stage.status, stage.seconds, stage.rows, rate, stage.peak_mb)
        history.add_stage(result.run_id, record)
    published = result.run_id if status == "success" else None
    error = result.error.as_dict() if result.error else None
    history.finish_run(result.run_id, status, seconds=result.seconds, error=error, published=published)


def _up_to_date(result: RunResult, current: Published) -> None:
    facts = current.facts
    result.status = "up_to_date"
    result.tables, result.validation, result.stale = facts["tables"], facts["validation"], facts["stale"]
    result.dbt = DbtCounts(**facts["dbt"])
    result.published = str(current.path)


def _perform(project: Project, options: RunOptions, plan: Plan, emit: Emit, result: RunResult) -> None:
    resumed: Resumed | None = None
    warehouse = project.warehouse(emit)
    if options.retry:
        from sbdk.pipeline.retrying import find_resumable, resumed_plan

        resumed, why = find_resumable(warehouse, project.loaded, plan)
        emit(Event("note", "", why))
        plan = resumed_plan(plan, resumed) if resumed else plan
    worker = _worker(project, options, plan, result)
    try:
        build = warehouse.resume(resumed.build) if resumed else warehouse.begin(result.run_id, empty=plan.empty)
        if worker is not None:
            build.enroll(worker.process.pid)
        if resumed is None:
            build.set_clock(plan.clock)
        facts = resumed.facts if resumed else {**plan.before, "inputs": plan.inputs, "nodes": {}, "loads": plan.loads}
        _stages(
            Work(project, options, plan, emit, result, warehouse, build, facts, worker, resumed=resumed is not None)
        )
        result.status = "success"
    finally:
        if worker is not None:
            worker.close()


def _worker(project: Project, options: RunOptions, plan: Plan, result: RunResult) -> Worker | None:
    from sbdk.pipeline.transforming import start_worker

    if not plan.transform.run:
        return None
    return start_worker(project.loaded, project.loaded.state / "runs" / result.run_id / "dbt.log", options.interval)


def _stages(work: Work) -> None:
    """In order; a stage that fails leaves the build for `--retry`."""
    from sbdk.pipeline import checking, loading, publishing, transforming

    try:
        if work.plan.loads:
            loading.generate(work)
            loading.load(work)
        else:
            why = next((action.reason for action in work.plan.pipelines.values()), "no pipelines")
            skip(work, "generate", why)
            skip(work, "load", why)
        (transforming.transform if work.plan.transform.run else transforming.skip_transform)(work)
        (checking.check if work.plan.check.run else checking.skip_check)(work)
        publishing.publish(work)
    except SbdkError:
        _keep(work)
        raise


def _keep(work: Work) -> None:
    """The build stays until the next run, with a note on how far it came."""
    failed = work.result.stages[-1].name
    if work.worker is not None:
        work.worker.close()
    with suppress(OSError, SbdkError):
        work.warehouse.keep_failed(work.build, {"stage": failed, "facts": work.facts, "run_id": work.result.run_id})
