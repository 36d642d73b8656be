"""One run from lock to publish. An error is returned in the result, and leaves the published file unchanged."""

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
from sbdk.run.preflight import check_options, check_plan, expected_size
from sbdk.run.project_context import ProjectContext
from sbdk.run.result import BuildSummary, RunResult, StageResult, Status
from sbdk.run.resume import ResumableBuild, find_resumable, resumed_plan
from sbdk.run.stages import STAGES
from sbdk.state.record import RecordDraft

LARGE = 10_000_000  # rows; a note announces the expected size and time of larger runs

if TYPE_CHECKING:
    from sbdk.state.builds import PublishedBuild
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
    """See `Project.run`. Events go to the sinks of `stream`, under its run id.

    Raises UsageError, before anything is written, for options that are not possible.
    """
    start = monotonic() if began is None else began
    return Engine(project, options, stream.emit, workers or OneShotPool(), stages, start, command, stream.run_id).run()


@dataclass
class Engine:
    """One run of `project`. `command`: its name in history and lock note, without secrets. `began`: when it started, on
    the clock `time.monotonic`.

    Context and draft of the record are passed from stage to stage; the attributes hold the state of the run.
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
        """Lock, plan, build, record. LockHeld, WarehouseDamaged and the like are returned in the result, too.

        Wrong usage, or a volume that the disk cannot hold, is raised before anything is written.
        """
        from sbdk.state.lock import ProjectLock

        try:
            check_options(self.project, self.options)
            with ProjectLock(self.project.loaded.state, self.command, emit=self.emit):
                self._run_locked()
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
        """The result, with all stages: those that did not run are skipped ones."""
        finished = {stage.name for stage in self._done}
        stages = (*self._done, *(StageResult(stage.name) for stage in self.stages if stage.name not in finished))
        loaded, seconds = self.project.loaded, monotonic() - self.began
        variables = {**loaded.dotenv, **loaded.secrets}
        return RunResult(self.run_id, self._status, seconds, stages, self._summary, self._error, variables)

    # ---- under the lock

    def _run_locked(self) -> None:
        current = self._published()
        plan = make_plan(self.project.loaded, self.options, current.record if current else None, self.stages)
        check_plan(self.project, plan)
        config = self.project.loaded.config
        self.emit(RunStarted(self.command, config.project, config.target))
        self._announce_size(plan)
        try:
            if current and plan.up_to_date and not self.options.retry:
                self._summarize_published(current)
                self._status = "up_to_date"
            else:
                self._build(plan)
                self._status = "success"
        except SbdkError as error:
            self._fail(error)
        except Exception as error:
            unexpected = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback")
            unexpected.__cause__ = error
            self._fail(unexpected)

    def _published(self) -> PublishedBuild | None:
        """The published build. Its bytes are compared with its record here only for a full refresh or a retry: other
        runs copy it, and compare then.

        A full refresh accepts a damaged file, since it replaces the file.
        """
        target = self.project.warehouse()
        try:
            return target.verify() if self.options.full_refresh or self.options.retry else target.current()
        except WarehouseDamaged:
            if self.options.full_refresh:
                return None
            raise

    def _announce_size(self, plan: Plan) -> None:
        expected = expected_size(self.project, plan)
        if expected and expected.total_rows >= LARGE:
            self.emit(Noted("", f"this run generates {expected}"))

    def _summarize_published(self, current: PublishedBuild) -> None:
        """Nothing is to be done: verify the published build, and take the summary from its record."""
        self.project.warehouse().verify()
        record = current.record
        counts = DbtCounts(**asdict(record.dbt.counts))
        self._summary = BuildSummary(
            tables=record.tables,
            dbt=counts,
            validation=record.validation,
            contracts=record.contracts,
            stale=record.dbt.stale,
            published=str(current.path),
        )

    # ---- the build

    def _build(self, plan: Plan) -> None:
        target = self.project.warehouse(self.emit)
        resumable = None
        if self.options.retry:
            resumable, plan = self._resume(target, plan)
        worker = None
        if plan.runs("transform"):
            log = self.project.state.dbt_log(self.run_id)
            worker = self.workers.acquire(self.project.loaded, plan, log, self.options.interval)
        build = None
        try:
            build = self._open_build(target, plan, worker, resumable)
            base = (self.project, self.options, plan, self.emit, self.run_id, self.command)
            context = RunContext(*base, target, build, worker, resumed=resumable is not None)
            with context.sources:
                self._run_stages(context, resumable.failed.draft if resumable else plan.first_draft())
        finally:
            if worker is not None:
                self.workers.release(worker, build)

    def _resume(self, target: Target, plan: Plan) -> tuple[ResumableBuild | None, Plan]:
        """The failed build to resume, if there is one, and the plan. A retry always publishes."""
        resumable, reason = find_resumable(target, self.project.loaded, plan)
        self.emit(Noted("", reason))
        if resumable:
            return resumable, resumed_plan(plan, resumable.failed)
        return None, replace(plan, stages={**plan.stages, "publish": Decision(True, "--retry")})

    def _open_build(self, target: Target, plan: Plan, worker: Worker | None, resumable: ResumableBuild | None) -> Build:
        build = target.resume(resumable.build) if resumable else target.begin(self.run_id, empty=plan.empty)
        if worker is not None:
            build.enroll(worker.process.pid)
        if resumable is None:
            build.set_clock(plan.clock)
        return build

    def _run_stages(self, context: RunContext, draft: RecordDraft) -> None:
        """Run the stages in order; when one fails, keep the build and the draft for `--retry`."""
        for stage in self.stages:
            decision = context.plan.stages[stage.name]
            if not decision.run:
                self._record_stage(StageResult(stage.name), decision.reason)
                continue
            try:
                outcome = self._run_stage(stage, context, draft)
            except SbdkError:
                self._keep_failed(context, stage.name, draft)
                raise
            draft = outcome.draft
            if outcome.error:
                self._keep_failed(context, stage.name, draft)
                raise outcome.error

    def _run_stage(self, stage: Stage, context: RunContext, draft: RecordDraft) -> StageOutcome:
        """Run and measure one stage; emit its events and record its result, also when it raises."""
        self.emit(StageStarted(stage.name))
        reset_peak()
        began = monotonic()
        outcome = None
        try:
            outcome = stage.run(context, draft)
            self._summary = self._summary.updated(outcome.summary)
            return outcome
        finally:
            self._record_stage(_stage_result(stage.name, monotonic() - began, outcome))

    def _record_stage(self, finished: StageResult, reason: str = "") -> None:
        self._done.append(finished)
        figures = (finished.seconds, finished.rows, finished.checks)
        self.emit(StageFinished(finished.name, finished.status, *figures, reason, finished.peak_mb))

    def _keep_failed(self, context: RunContext, stage: str, draft: RecordDraft) -> None:
        """Keep the build until the next run, with the name of the failed stage and the draft."""
        if context.worker is not None:
            self.workers.release(context.worker, context.build)
        with suppress(OSError, SbdkError):
            context.target.keep_failed(context.build, self.run_id, stage, draft)


def _stage_result(name: str, seconds: float, outcome: StageOutcome | None) -> StageResult:
    if outcome is None:
        return StageResult(name, "failed", seconds, peak_mb=peak_mb())
    peak = max(outcome.peak_mb, peak_mb())
    return StageResult(name, "failed" if outcome.error else "success", seconds, outcome.rows, peak, outcome.checks)
