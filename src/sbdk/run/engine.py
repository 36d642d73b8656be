"""One run from lock to publish. What fails ends in the result; the published file is then as it was."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError, UsageError, WarehouseDamaged
from sbdk.core.events import Emit, Event
from sbdk.pipeline.lending import lend_environment
from sbdk.pipeline.measure import peak_mb, reset_peak
from sbdk.run.context import RunContext, Stage, StageOutcome
from sbdk.run.dbt_workers import OwnWorker, Workers
from sbdk.run.options import RunOptions
from sbdk.run.plan import Decision, Plan, make_plan
from sbdk.run.preflight import expected_size, refuse_options, refuse_plan
from sbdk.run.project_context import ProjectContext
from sbdk.run.result import BuildSummary, DbtCounts, RunResult, StageResult, Status
from sbdk.run.resume import ResumableBuild, find_resumable, resumed_plan
from sbdk.run.stages import STAGES
from sbdk.state.history import History, StageRecord, new_run_id
from sbdk.state.record import RecordDraft

LARGE = 10_000_000  # rows; from here on it is worth saying how long it will take

if TYPE_CHECKING:
    from sbdk.transform import Worker
    from sbdk.warehouse import Build, Published, Warehouse


def run(
    project: ProjectContext,
    options: RunOptions,
    emit: Emit,
    *,
    workers: Workers | None = None,
    began: float | None = None,
    stages: Sequence[Stage] = STAGES,
) -> RunResult:
    """See `Project.run`. Raises UsageError, before anything is written, for what cannot be asked for."""
    command = " ".join(["sbdk", *sys.argv[1:]])
    start = monotonic() if began is None else began
    return Engine(project, options, emit, workers or OwnWorker(), stages, start, command).run()


@dataclass
class Engine:
    """One run of `project`. `began`: the second on the clock of `time.monotonic` from which its time counts.

    Its context and the draft of the record are handed from stage to stage; what is kept here is how the run goes.
    """

    project: ProjectContext
    options: RunOptions
    emit: Emit
    workers: Workers
    stages: Sequence[Stage]
    began: float
    command: str
    run_id: str = field(default_factory=new_run_id)
    _status: Status = "failed"
    _done: list[StageResult] = field(default_factory=list)
    _summary: BuildSummary = field(default_factory=BuildSummary)
    _error: SbdkError | None = None

    def run(self) -> RunResult:
        """Lock, plan, work, record. LockHeld, WarehouseDamaged and the like end in the result, too.

        Wrong usage, or a volume that the disk cannot hold, is raised before anything is written.
        """
        from sbdk.warehouse.lock import ProjectLock

        self.emit(Event("run_started", text=self.run_id, data={"run_id": self.run_id}))
        try:
            refuse_options(self.project, self.options)
            lend_environment(self.project.loaded)
            with ProjectLock(self.project.loaded.state, self.command, emit=self.emit):
                self._locked()
        except UsageError as error:
            self._fail(error)
            raise
        except SbdkError as error:
            self._fail(error)
        finally:
            result = self._result()
            self.emit(Event("run_finished", text=self.run_id, data=result.as_dict()))
        return result

    def _fail(self, error: SbdkError) -> None:
        self._status, self._error = "failed", error

    def _result(self) -> RunResult:
        """Every result names all stages: those that did not run are skipped ones."""
        done = {stage.name for stage in self._done}
        stages = (*self._done, *(StageResult(stage.name) for stage in self.stages if stage.name not in done))
        return RunResult(self.run_id, self._status, monotonic() - self.began, stages, self._summary, self._error)

    # ---- under the lock

    def _locked(self) -> None:
        current = self._published()
        plan = make_plan(self.project.loaded, self.options, current.record if current else None, self.stages)
        refuse_plan(self.project, plan)
        self._announce_size(plan)
        history = History(self.project.loaded.state, emit=self.emit)
        history.start_run(self.command, run_id=self.run_id, target=self.project.loaded.config.target)
        interrupted = False
        try:
            if current and plan.up_to_date and not self.options.retry:
                self._answer_from(current)
                self._status = "up_to_date"
            else:
                self._work(plan)
                self._status = "success"
        except KeyboardInterrupt:
            interrupted = True
            raise
        except SbdkError as error:
            self._fail(error)
        except Exception as error:
            unexpected = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback")
            unexpected.__cause__ = error
            self._fail(unexpected)
        finally:
            self._put_on_record(history, "interrupted" if interrupted else self._status)

    def _published(self) -> Published | None:
        """The published build. Where no copy of it is made, which is when its bytes are compared with its record, that
        is done here.

        A full refresh does not need a sound one: it is the way out of a damaged file.
        """
        warehouse = self.project.warehouse()
        try:
            return warehouse.verify() if self.options.full_refresh or self.options.retry else warehouse.current()
        except WarehouseDamaged:
            if self.options.full_refresh:
                return None
            raise

    def _announce_size(self, plan: Plan) -> None:
        expected = expected_size(self.project, plan)
        if expected and expected.total_rows >= LARGE:
            self.emit(Event("note", "", f"this makes {expected}"))

    def _answer_from(self, current: Published) -> None:
        """Nothing is to be done: what is published is the answer, once every byte of it is known to be sound."""
        self.project.warehouse().verify()
        record = current.record
        counts = DbtCounts(**asdict(record.dbt.counts))
        self._summary = BuildSummary(record.tables, counts, record.validation, record.dbt.stale, str(current.path))

    def _put_on_record(self, history: History, status: str) -> None:
        result = self._result()
        stages = [
            StageRecord(done.name, done.status, done.seconds, done.rows, done.rows_per_second, done.peak_mb)
            for done in self._done
        ]
        published = self.run_id if status == "success" else None
        error = result.as_dict()["error"]
        history.finish_run(self.run_id, status, seconds=result.seconds, error=error, published=published, stages=stages)

    # ---- the work

    def _work(self, plan: Plan) -> None:
        warehouse = self.project.warehouse(self.emit)
        resumable = None
        if self.options.retry:
            resumable, plan = self._resume(warehouse, plan)
        worker = None
        if plan.runs("transform"):
            log = self.project.state.dbt_log(self.run_id)
            worker = self.workers.hire(self.project.loaded, plan, log, self.options.interval)
        build = None
        try:
            build = self._open_build(warehouse, plan, worker, resumable)
            base = (self.project, self.options, plan, self.emit, self.run_id, self.command)
            context = RunContext(*base, warehouse, build, worker, resumed=resumable is not None)
            self._run_stages(context, resumable.failed.draft if resumable else plan.first_draft())
        finally:
            if worker is not None:
                self.workers.release(worker, build)

    def _resume(self, warehouse: Warehouse, plan: Plan) -> tuple[ResumableBuild | None, Plan]:
        """A retry publishes in any case: where nothing was left to do, too."""
        resumable, why = find_resumable(warehouse, self.project.loaded, plan)
        self.emit(Event("note", "", why))
        if resumable:
            return resumable, resumed_plan(plan, resumable.failed)
        return None, replace(plan, stages={**plan.stages, "publish": Decision(True, "--retry")})

    def _open_build(
        self, warehouse: Warehouse, plan: Plan, worker: Worker | None, resumable: ResumableBuild | None
    ) -> Build:
        build = warehouse.resume(resumable.build) if resumable else warehouse.begin(self.run_id, empty=plan.empty)
        if worker is not None:
            build.enroll(worker.process.pid)
        if resumable is None:
            build.set_clock(plan.clock)
        return build

    def _run_stages(self, context: RunContext, draft: RecordDraft) -> None:
        """In order; a stage that fails leaves the build for `--retry`, with the draft as far as it came."""
        for stage in self.stages:
            decision = context.plan.stages[stage.name]
            if not decision.run:
                self._finished(StageResult(stage.name), decision.reason)
                continue
            try:
                outcome = self._measured(stage, context, draft)
            except SbdkError:
                self._keep(context, stage.name, draft)
                raise
            draft = outcome.draft
            if outcome.error:
                self._keep(context, stage.name, draft)
                raise outcome.error

    def _measured(self, stage: Stage, context: RunContext, draft: RecordDraft) -> StageOutcome:
        """Run, measure and announce one stage; it is on record whatever happens."""
        self.emit(Event("stage_started", stage.name))
        reset_peak()
        began = monotonic()
        outcome = None
        try:
            outcome = stage.run(context, draft)
            self._summary = self._summary.updated(outcome.summary)
            return outcome
        finally:
            self._finished(_stage_result(stage.name, monotonic() - began, outcome))

    def _finished(self, done: StageResult, text: str = "") -> None:
        self._done.append(done)
        data = {"status": done.status, "seconds": done.seconds, "rows": done.rows, "checks": done.checks}
        self.emit(Event("stage_finished", done.name, text, data))

    def _keep(self, context: RunContext, stage: str, draft: RecordDraft) -> None:
        """The build stays until the next run, with a note on how far it came."""
        if context.worker is not None:
            self.workers.release(context.worker, context.build)
        with suppress(OSError, SbdkError):
            context.warehouse.keep_failed(context.build, self.run_id, stage, draft)


def _stage_result(name: str, seconds: float, outcome: StageOutcome | None) -> StageResult:
    if outcome is None:
        return StageResult(name, "failed", seconds, peak_mb=peak_mb())
    peak = max(outcome.peak_mb, peak_mb())
    return StageResult(name, "failed" if outcome.error else "success", seconds, outcome.rows, peak, outcome.checks)
