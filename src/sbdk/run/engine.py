"""One run from lock to publish. What fails ends in the result; the published file is then as it was."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Literal

from sbdk.core.errors import SbdkError, UsageError, WarehouseDamaged
from sbdk.core.event_stream import EventStream
from sbdk.core.events import DbtCounts, Emit, Noted, RunStarted, StageFinished, StageStarted
from sbdk.core.process import peak_mb, reset_peak
from sbdk.run.context import RunContext, Stage, StageOutcome
from sbdk.run.dbt_workers import OneShotPool, WorkerPool
from sbdk.run.options import RunOptions
from sbdk.run.plan import Decision, Plan, make_plan
from sbdk.run.preflight import expected_size, refuse_options, refuse_plan
from sbdk.run.project_context import ProjectContext
from sbdk.run.result import BuildSummary, RunResult, StageResult, Status
from sbdk.run.resume import ResumableBuild, find_resumable, resumed_plan
from sbdk.run.stages import STAGES
from sbdk.state.record import RecordDraft

LARGE = 10_000_000  # rows; from here on it is worth saying how long it will take

if TYPE_CHECKING:
    from sbdk.state.builds import Published
    from sbdk.targets.base import Build, Target
    from sbdk.transform import Worker


def run(
    project: ProjectContext,
    options: RunOptions,
    stream: EventStream,
    *,
    command: str,
    workers: WorkerPool | None = None,
    began: float | None = None,
    stages: Sequence[Stage] = STAGES,
) -> RunResult:
    """See `Project.run`. What happens goes to the sinks of `stream`, under its run id.

    Raises UsageError, before anything is written, for what cannot be asked for.
    """
    start = monotonic() if began is None else began
    return Engine(project, options, stream.emit, workers or OneShotPool(), stages, start, command, stream.run_id).run()


@dataclass
class Engine:
    """One run of `project`. `command`: what history and lock note call it, without secrets. `began`: the second on the
    clock of `time.monotonic` from which its time counts.

    Its context and the draft of the record are handed from stage to stage; what is kept here is how the run goes.
    """

    project: ProjectContext
    options: RunOptions
    emit: Emit
    workers: WorkerPool
    stages: Sequence[Stage]
    began: float
    command: str
    run_id: str
    _status: Status = "failed"
    _ended: Literal["refused", "interrupted"] | None = None
    _done: list[StageResult] = field(default_factory=list)
    _summary: BuildSummary = field(default_factory=BuildSummary)
    _error: SbdkError | None = None

    def run(self) -> RunResult:
        """Lock, plan, work, record. LockHeld, WarehouseDamaged and the like end in the result, too.

        Wrong usage, or a volume that the disk cannot hold, is raised before anything is written.
        """
        from sbdk.state.lock import ProjectLock

        try:
            refuse_options(self.project, self.options)
            with ProjectLock(self.project.loaded.state, self.command, emit=self.emit):
                self._locked()
        except UsageError as error:
            self._fail(error)
            self._ended = "refused"
            raise
        except SbdkError as error:
            self._fail(error)
        except KeyboardInterrupt:
            self._ended = "interrupted"
            raise
        finally:
            result = self._result()
            self.emit(result.finished(self.command, self._ended))
        return result

    def _fail(self, error: SbdkError) -> None:
        self._status, self._error = "failed", error

    def _result(self) -> RunResult:
        """Every result names all stages: those that did not run are skipped ones."""
        done = {stage.name for stage in self._done}
        stages = (*self._done, *(StageResult(stage.name) for stage in self.stages if stage.name not in done))
        loaded, seconds = self.project.loaded, monotonic() - self.began
        variables = {**loaded.dotenv, **loaded.secrets}
        return RunResult(self.run_id, self._status, seconds, stages, self._summary, self._error, variables)

    # ---- under the lock

    def _locked(self) -> None:
        current = self._published()
        plan = make_plan(self.project.loaded, self.options, current.record if current else None, self.stages)
        refuse_plan(self.project, plan)
        config = self.project.loaded.config
        self.emit(RunStarted(self.command, config.project, config.target))
        self._announce_size(plan)
        try:
            if current and plan.up_to_date and not self.options.retry:
                self._answer_from(current)
                self._status = "up_to_date"
            else:
                self._work(plan)
                self._status = "success"
        except SbdkError as error:
            self._fail(error)
        except Exception as error:
            unexpected = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback")
            unexpected.__cause__ = error
            self._fail(unexpected)

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
            self.emit(Noted("", f"this makes {expected}"))

    def _answer_from(self, current: Published) -> None:
        """Nothing is to be done: what is published is the answer, once every byte of it is known to be sound."""
        self.project.warehouse().verify()
        record = current.record
        counts = DbtCounts(**asdict(record.dbt.counts))
        self._summary = BuildSummary(record.tables, counts, record.validation, record.dbt.stale, str(current.path))

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
            with context.sources:
                self._run_stages(context, resumable.failed.draft if resumable else plan.first_draft())
        finally:
            if worker is not None:
                self.workers.release(worker, build)

    def _resume(self, warehouse: Target, plan: Plan) -> tuple[ResumableBuild | None, Plan]:
        """A retry publishes in any case: where nothing was left to do, too."""
        resumable, why = find_resumable(warehouse, self.project.loaded, plan)
        self.emit(Noted("", why))
        if resumable:
            return resumable, resumed_plan(plan, resumable.failed)
        return None, replace(plan, stages={**plan.stages, "publish": Decision(True, "--retry")})

    def _open_build(
        self, warehouse: Target, plan: Plan, worker: Worker | None, resumable: ResumableBuild | None
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
        self.emit(StageStarted(stage.name))
        reset_peak()
        began = monotonic()
        outcome = None
        try:
            outcome = stage.run(context, draft)
            self._summary = self._summary.updated(outcome.summary)
            return outcome
        finally:
            self._finished(_stage_result(stage.name, monotonic() - began, outcome))

    def _finished(self, done: StageResult, reason: str = "") -> None:
        self._done.append(done)
        figures = (done.seconds, done.rows, done.checks)
        self.emit(StageFinished(done.name, done.status, *figures, reason, done.peak_mb))

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
