"""Stage transform: dbt on the build, in a worker that was started before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from time import time_ns
from typing import TYPE_CHECKING

from sbdk.core.failpoints import failpoint
from sbdk.core.process import peak_mb
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.dbt_workers import database_of, variables
from sbdk.run.fingerprints import differing
from sbdk.run.node_reads import reads_something_new
from sbdk.run.plan import Decision, PlanInputs
from sbdk.run.result import BuildSummary
from sbdk.run.stages.dbt_failure import error_of
from sbdk.run.stages.dbt_record import dbt_counts, project_settings, published_nodes, with_nodes
from sbdk.run.stages.relations import prepare_relations
from sbdk.spec.dbt_folders import has_dbt_work
from sbdk.state.record import RecordDraft

if TYPE_CHECKING:
    from sbdk.transform import TransformResult, Worker

SHOWN = 3  # changed files that a reason names


@dataclass(frozen=True)
class TransformStage:
    name: str = "transform"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Runs when raw tables or the dbt project change, when models are stale, and when options request it."""
        options, known = inputs.options, inputs.known
        if options.pipelines_only:
            return Decision(False, "--pipelines-only")
        if not has_dbt_work(inputs.project.dbt):
            return Decision(False, f"no models in {inputs.project.dbt.name}/")
        if options.dbt_only or options.select or options.full_refresh:
            return Decision(True, "asked for")
        if inputs.loads:
            partial = inputs.partial
            return Decision(True, "raw tables change: what reads them is built" if partial else "raw tables change")
        if known.inputs.dbt != inputs.inputs.dbt:
            return Decision(True, _what_changed(inputs) if inputs.partial else "the dbt project changed")
        if known.dbt.stale:
            return Decision(True, f"{len(known.dbt.stale)} models are stale")
        reason = reads_something_new(inputs)
        return Decision(reason is not None, reason or "up to date")

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """Models, seeds and tests of the project. A failed model is a TransformError, a failed test a CheckFailed."""
        assert context.worker is not None
        began = time_ns()
        prepare_relations(context, so_far, context.worker)
        result = _build(context, so_far, context.worker)
        draft = with_nodes(context, so_far, result, began)
        error = error_of(context, result, result.error) if result.error else None
        if error is None:
            failpoint("after_transform")
        peak = peak_mb(context.worker.process.pid)
        return StageOutcome(
            draft, peak_mb=peak, summary=BuildSummary(dbt=dbt_counts(context, draft, result)), error=error
        )


def _what_changed(inputs: PlanInputs) -> str:
    known, now = inputs.known.inputs.dbt, inputs.inputs.dbt
    names = differing(known, now) if known is not None and now is not None else []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN]) or 'the dbt project'}{more} changed: what that touches is built"


def _build(context: RunContext, so_far: RecordDraft, worker: Worker) -> TransformResult:
    return worker.build(
        database_of(context.build.dbt_profile()),
        select=(context.options.select or "").split(),
        full_refresh=context.plan.other_world or context.plan.empty,
        vars=variables(context.loaded, context.options.interval),
        settings=project_settings(context),
        since=published_nodes(context, so_far),
        emit=context.emit,
    )
