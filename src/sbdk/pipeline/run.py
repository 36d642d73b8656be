"""One run from lock to publish. What fails ends in the result; the published file is then as it was."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal

from sbdk.core.errors import SbdkError, UsageError, WarehouseDamaged
from sbdk.core.event_stream import EventStream
from sbdk.core.events import DbtCounts, Emit, Noted, RunStarted
from sbdk.pipeline.hiring import OwnWorker, Workers
from sbdk.pipeline.options import RunOptions
from sbdk.pipeline.plan import Plan
from sbdk.pipeline.project import plan_from
from sbdk.pipeline.refusing import expected_size, refuse_options, refuse_plan
from sbdk.pipeline.result import RunResult, StageResult
from sbdk.pipeline.stages import STAGES, Work, skip

if TYPE_CHECKING:
    from sbdk.pipeline.project import Project
    from sbdk.pipeline.retrying import Resumed
    from sbdk.warehouse import Published

LARGE = 10_000_000  # rows; from here on it is worth saying how long it will take


def run(
    project: Project,
    options: RunOptions,
    stream: EventStream,
    *,
    command: str,
    workers: Workers | None = None,
    began: float | None = None,
) -> RunResult:
    """See `Project.run`. What happens goes to the sinks of `stream`, under its run id."""
    result = RunResult(stream.run_id, "failed", variables={**project.loaded.dotenv, **project.loaded.secrets})
    began = monotonic() if began is None else began
    return Run(project, options, stream.emit, command, result, workers or OwnWorker(), began).perform()


@dataclass
class Run:
    """One run of `project`. `command`: what history and lock note call it, without secrets. `began`: the second on the
    clock of `time.monotonic` from which its time counts."""

    project: Project
    options: RunOptions
    emit: Emit
    command: str
    result: RunResult
    workers: Workers
    began: float
    ended: Literal["refused", "interrupted"] | None = None

    def perform(self) -> RunResult:
        """Lock, plan, work, record. LockHeld, WarehouseDamaged and the like end in the result, too.

        Wrong usage, or a volume that the disk cannot hold, is raised before anything is written.
        """
        from sbdk.warehouse.lock import ProjectLock

        try:
            refuse_options(self.project, self.options)
            with ProjectLock(self.project.loaded.state, self.command, emit=self.emit):
                self._locked()
        except UsageError as error:
            self.result.error, self.ended = error, "refused"
            raise
        except SbdkError as error:
            self.result.error = error
        except KeyboardInterrupt:
            self.ended = "interrupted"
            raise
        finally:
            self._finish()
        return self.result

    def _finish(self) -> None:
        """Every result names all stages: those that did not run are skipped ones."""
        done = {stage.name for stage in self.result.stages}
        self.result.stages += [StageResult(name) for name in STAGES if name not in done]
        self.result.seconds = monotonic() - self.began
        self.emit(self.result.finished(self.command, self.ended))

    def _locked(self) -> None:
        current = self._published()
        plan = plan_from(self.project.loaded, self.options, current)
        refuse_plan(self.project, plan)
        config = self.project.loaded.config
        self.emit(RunStarted(self.command, config.project, config.target))
        self._say_what_comes(plan)
        try:
            if current and plan.up_to_date and not self.options.retry:
                self._up_to_date(current)
            else:
                self._work(plan)
        except SbdkError as error:
            self.result.error = error
        except Exception as error:
            self.result.error = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback")
            self.result.error.__cause__ = error

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
            self.emit(Noted("", f"this makes {expected}"))

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
        self.emit(Noted("", why))
        return resumed, resumed_plan(plan, resumed) if resumed else plan

    def _stages(self, work: Work) -> None:
        """In order; a stage that fails leaves the build for `--retry`."""
        from sbdk.pipeline import checking, loading, publishing, transforming

        try:
            if work.plan.loads:
                with loading.sources_environment(work):
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
