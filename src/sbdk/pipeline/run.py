"""One run from lock to publish. What fails ends in the result; the published file is then as it was."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError, UsageError, WarehouseDamaged
from sbdk.core.events import Emit, Event
from sbdk.pipeline.hiring import OwnWorker, Workers
from sbdk.pipeline.lending import lend_environment
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
    from sbdk.warehouse.manifest import Published


def run(
    project: Project,
    options: RunOptions,
    emit: Emit,
    *,
    workers: Workers | None = None,
    began: float | None = None,
) -> RunResult:
    """See `Project.run`."""
    from sbdk.pipeline.history import new_run_id

    result = RunResult(new_run_id(), "failed")
    return Run(
        project, options, emit, result, workers or OwnWorker(), monotonic() if began is None else began
    ).perform()


@dataclass
class Run:
    """One run of `project`. `began`: the second on the clock of `time.monotonic` from which its time counts."""

    project: Project
    options: RunOptions
    emit: Emit
    result: RunResult
    workers: Workers
    began: float

    def perform(self) -> RunResult:
        """Lock, plan, work, record. LockHeld, WarehouseDamaged and the like end in the result, too.

        Wrong usage, or a volume that the disk cannot hold, is raised before anything is written.
        """
        from sbdk.state.lock import ProjectLock

        self.emit(Event("run_started", text=self.result.run_id, data={"run_id": self.result.run_id}))
        try:
            refuse_options(self.project, self.options)
            lend_environment(self.project.loaded)
            with ProjectLock(self.project.loaded.state, _command(), emit=self.emit):
                self._locked()
        except UsageError as error:
            self.result.error = error
            raise
        except SbdkError as error:
            self.result.error = error
        finally:
            self._finish()
        return self.result

    def _finish(self) -> None:
        """Every result names all stages: those that did not run are skipped ones."""
        done = {stage.name for stage in self.result.stages}
        self.result.stages += [StageResult(name) for name in STAGES if name not in done]
        self.result.seconds = monotonic() - self.began
        self.emit(Event("run_finished", text=self.result.run_id, data=self.result.as_dict()))

    def _locked(self) -> None:
        from sbdk.pipeline.history import History

        current = self._published()
        plan = plan_from(self.project.loaded, self.options, current)
        refuse_plan(self.project, plan)
        self._say_what_comes(plan)
        history = History(self.project.loaded.state, emit=self.emit)
        history.start_run(_command(), run_id=self.result.run_id, target=self.project.loaded.config.target)
        status = "failed"
        try:
            if current and plan.up_to_date and not self.options.retry:
                self._up_to_date(current)
            else:
                self._work(plan)
            status = self.result.status
        except KeyboardInterrupt:
            status = "interrupted"
            raise
        except SbdkError as error:
            self.result.error = error
        except Exception as error:
            self.result.error = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback")
            self.result.error.__cause__ = error
        finally:
            self._put_on_record(history, status)

    def _published(self) -> Published | None:
        """The published build. Where no copy of it is made, which is when its bytes are compared with its manifest,
        that is done here.

        A full refresh does not need a sound one: it is the way out of a damaged file.
        """
        warehouse = self.project.warehouse()
        try:
            return warehouse.verify() if self.options.full_refresh or self.options.retry else warehouse.current()
        except WarehouseDamaged:
            if self.options.full_refresh:
                return None
            raise

    def _say_what_comes(self, plan: Plan) -> None:
        expected = expected_size(self.project, plan)
        if expected and expected.total_rows >= LARGE:
            self.emit(Event("note", "", f"this makes {expected}"))

    def _put_on_record(self, history: History, status: str) -> None:
        from sbdk.pipeline.history import StageRecord

        result = self.result
        result.seconds = monotonic() - self.began
        rates = [stage.as_dict().get("rows_per_second") for stage in result.stages]
        stages = [
            StageRecord(stage.name, stage.status, stage.seconds, stage.rows, rate, stage.peak_mb)
            for stage, rate in zip(result.stages, rates, strict=True)
        ]
        published = result.run_id if status == "success" else None
        error = result.error.as_dict() if result.error else None
        history.finish_run(
            result.run_id, status, seconds=result.seconds, error=error, published=published, stages=stages
        )

    def _up_to_date(self, current: Published) -> None:
        self.project.warehouse().verify()
        facts, result = current.facts, self.result
        result.status = "up_to_date"
        result.tables, result.validation, result.stale = facts["tables"], facts["validation"], facts["stale"]
        result.dbt = DbtCounts(**{**facts["dbt"], "models_built": 0, "tests_run": 0})
        result.published = str(current.path)

    def _work(self, plan: Plan) -> None:
        resumed, plan = self._resumed(plan) if self.options.retry else (None, plan)
        project, warehouse = self.project, self.project.warehouse(self.emit)
        log = project.loaded.state / "runs" / self.result.run_id / "dbt.log"
        worker = self.workers.hire(project.loaded, plan, log, self.options.interval) if plan.transform.run else None
        build = None
        try:
            build = (
                warehouse.resume(resumed.build) if resumed else warehouse.begin(self.result.run_id, empty=plan.empty)
            )
            if worker is not None:
                build.enroll(worker.process.pid)
            if resumed is None:
                build.set_clock(plan.clock)
            facts = resumed.facts if resumed else {**plan.before, "inputs": plan.inputs, "loads": plan.loads}
            work = Work(project, self.options, plan, self.emit, self.result, warehouse, build, facts, worker)
            work.resumed = resumed is not None
            self._stages(work)
            self.result.status = "success"
        finally:
            if worker is not None:
                self.workers.release(worker, build)

    def _resumed(self, plan: Plan) -> tuple[Resumed | None, Plan]:
        from sbdk.pipeline.retrying import find_resumable, resumed_plan

        resumed, why = find_resumable(self.project.warehouse(self.emit), self.project.loaded, plan)
        self.emit(Event("note", "", why))
        return resumed, resumed_plan(plan, resumed) if resumed else plan

    def _stages(self, work: Work) -> None:
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
            self._keep(work)
            raise

    def _keep(self, work: Work) -> None:
        """The build stays until the next run, with a note on how far it came."""
        failed = work.result.stages[-1].name
        if work.worker is not None:
            self.workers.release(work.worker, work.build)
        with suppress(OSError, SbdkError):
            work.warehouse.keep_failed(work.build, {"stage": failed, "facts": work.facts, "run_id": work.result.run_id})


def _command() -> str:
    return " ".join(["sbdk", *sys.argv[1:]])
