"""Stage publish: the record of the build is completed, and the build becomes the published file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sbdk.core.errors import SbdkError, TransformError
from sbdk.core.events import Published, TableRows
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.fingerprints import looked_up
from sbdk.run.plan import Decision, PlanInputs
from sbdk.run.result import BuildSummary
from sbdk.run.stages.relations import count_tables, drop_removed, without_models
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import Inputs


@dataclass(frozen=True)
class PublishStage:
    name: str = "publish"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Publishes when another stage runs, and always when nothing is published yet."""
        if inputs.before is None:
            return Decision(True, "nothing is published yet")
        if inputs.loses_models:
            return Decision(True, "its models are gone")
        changed = any(decision.run for decision in inputs.decided.values())
        return Decision(changed, "the build changes" if changed else "up to date")

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """All or nothing: until the rename inside `target.publish`, the old file is the published one."""
        if context.plan.loses_models:
            so_far = replace(so_far, dbt=without_models(so_far.dbt))
        stale = _stale(context, so_far)
        draft = replace(so_far, inputs=_inputs(context, so_far), dbt=replace(so_far.dbt, stale=stale))
        summary = BuildSummary(stale=stale)
        try:
            with context.build.connect() as connection:
                drop_removed(context, draft, connection)
                draft = replace(draft, tables=count_tables(connection, draft.dbt, context.raw_schema))
            summary = replace(summary, tables=draft.tables)
            published = context.target.publish(context.build, context.run_id, draft)
        except SbdkError as error:
            return StageOutcome(draft, summary=summary, error=_with_file(error, context, draft))
        context.emit(Published(str(published.path), tuple(TableRows(each.name, each.rows) for each in draft.tables)))
        return StageOutcome(draft, summary=replace(summary, published=str(published.path)))


def _with_file(error: SbdkError, context: RunContext, draft: RecordDraft) -> SbdkError:
    """The error about a view that cannot be read, with the file of its model."""
    if not isinstance(error, TransformError) or error.file:
        return error
    models = [each.model for each in draft.dbt.relations if f"view {each.schema}.{each.name} " in error.message]
    files = sorted(file for model in models if model for file in context.loaded.dbt.rglob(f"{model}.sql"))
    return TransformError(error.message, file=files[0], hint=error.hint) if files else error


def _stale(context: RunContext, draft: RecordDraft) -> tuple[str, ...]:
    """Models that no longer match the raw tables."""
    models = set(draft.dbt.models) or {path.stem for path in context.loaded.dbt.glob("models/**/*.sql")}
    outdated = models if draft.loads or context.plan.other_world else set(context.known.dbt.stale)
    return tuple(sorted(outdated - set(draft.built)))


def _inputs(context: RunContext, draft: RecordDraft) -> Inputs:
    """The inputs of the build: for a stage that did not run, those of the published build."""
    plan, known = context.plan, context.known.inputs
    inputs = plan.inputs
    if context.resumed and not plan.runs("transform"):
        inputs = replace(inputs, dbt=draft.inputs.dbt)
    elif not plan.loses_models and (not plan.runs("transform") or context.options.select):
        inputs = replace(inputs, dbt=known.dbt)
    elif inputs.dbt is not None:
        new = [name for name in draft.dbt.variables if f"${name}" not in inputs.dbt]
        inputs = replace(inputs, dbt={**looked_up(context.loaded, new), **inputs.dbt})
    if not plan.runs("load"):
        inputs = replace(inputs, contracts=known.contracts)
    if not plan.runs("check") or context.options.pipelines_only:
        inputs = replace(inputs, checks=known.checks)
    return inputs
