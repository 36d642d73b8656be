"""One run from lock to publish. What fails ends in the result; the published file is then as it was."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError, UsageError
from sbdk.core.events import Emit, Event
from sbdk.pipeline import measure
from sbdk.pipeline.options import RunOptions
from sbdk.pipeline.plan import Plan
from sbdk.pipeline.result import DbtCounts, RunResult
from sbdk.pipeline.stages import STAGES, Work, skip

if TYPE_CHECKING:
    from sbdk.pipeline.history import History
    from sbdk.pipeline.project import Project
    from sbdk.warehouse import Published


def run(project: Project, options: RunOptions, emit: Emit) -> RunResult:
    """Lock, plan, perform, record. LockHeld, WarehouseDamaged and the like end in the result, too."""
    from sbdk.pipeline.history import History, new_run_id
    from sbdk.warehouse.lock import ProjectLock

    result = RunResult(new_run_id(), "failed")
    state = project.loaded.state
    try:
        with ProjectLock(state, " ".join(["sbdk", *sys.argv[1:]]), emit=emit):
            history = History(state, emit=emit)
            history.start_run(
                " ".join(["sbdk", *sys.argv[1:]]), run_id=result.run_id, target=project.loaded.config.target
            )
            _recorded(project, options, emit, result, history)
    except UsageError:
        raise
    except SbdkError as error:
        result.error = error
    result.seconds = measure.seconds_since_start()
    return result


def _recorded(project: Project, options: RunOptions, emit: Emit, result: RunResult, history: History) -> None:
    """Whatever happens, the history says how the run ended."""
    status = "failed"
    try:
        _planned(project, options, emit, result)
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


def _put_on_record(history: History, result: RunResult, status: str) -> None:
    from sbdk.pipeline.history import StageRecord

    for stage in result.stages:
        rate = stage.as_dict().get("rows_per_second")
        history.add_stage(
            result.run_id, StageRecord(stage.name, stage.status, stage.seconds, stage.rows, rate, stage.peak_mb)
        )
    published = result.run_id if status == "success" else None
    error = result.error.as_dict() if result.error else None
    history.finish_run(result.run_id, status, seconds=result.seconds, error=error, published=published)


def _planned(project: Project, options: RunOptions, emit: Emit, result: RunResult) -> None:
    from sbdk.pipeline.project import plan_from

    warehouse = project.warehouse()
    current = warehouse.current()
    plan = plan_from(project.loaded, options, current)
    if current and plan.up_to_date and not options.retry:
        _up_to_date(result, current)
        return
    _perform(project, options, plan, emit, result)


def _up_to_date(result: RunResult, current: Published) -> None:
    facts = current.facts
    result.status = "up_to_date"
    result.tables, result.validation, result.stale = facts["tables"], facts["validation"], facts["stale"]
    result.dbt = DbtCounts(**facts["dbt"])
    result.published = str(current.path)


def _perform(project: Project, options: RunOptions, plan: Plan, emit: Emit, result: RunResult) -> None:
    from sbdk.pipeline.transforming import start_worker

    log = project.loaded.state / "runs" / result.run_id / "dbt.log"
    worker = start_worker(project.loaded, log, options.interval) if plan.transform.run else None
    try:
        warehouse = project.warehouse(emit)
        build = warehouse.begin(result.run_id, empty=plan.empty)
        if worker is not None:
            build.enroll(worker.process.pid)
        build.set_clock(plan.clock)
        facts = {**plan.before, "inputs": plan.inputs}
        work = Work(project, options, plan, emit, result, warehouse, build, facts, worker)
        _stages(work)
        result.status = "success"
    finally:
        if worker is not None:
            _end(worker, ok=result.status == "success")


def _stages(work: Work) -> None:
    """In order; a stage that fails leaves the build for `--retry`."""
    from sbdk.pipeline import checking, loading, publishing, transforming

    try:
        if work.plan.loads:
            loading.generate(work)
            loading.load(work)
        else:
            skip(work, "generate", "up to date")
            skip(work, "load", "up to date")
        (transforming.transform if work.plan.transform.run else transforming.skip_transform)(work)
        (checking.check if work.plan.check.run else checking.skip_check)(work)
        publishing.publish(work)
    except SbdkError:
        _keep(work)
        raise


def _keep(work: Work) -> None:
    """The stages that did not run are named, and the build stays until the next run."""
    done = {stage.name for stage in work.result.stages}
    failed = work.result.stages[-1].name if work.result.stages else STAGES[0]
    for name in STAGES:
        if name not in done:
            skip(work, name, f"{failed} failed")
    with suppress(OSError, SbdkError):
        work.warehouse.keep_failed(work.build, {"stage": failed, "facts": work.facts, "run_id": work.result.run_id})


def _end(worker: Any, *, ok: bool) -> None:
    if ok:
        worker.close()
    else:
        worker.kill()


def note(emit: Emit, text: str) -> None:
    """Something a person may want to know, not a warning."""
    emit(Event("note", "", text))
