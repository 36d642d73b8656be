"""Stage publish: the record of the build is completed, and the build becomes the published file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError
from sbdk.core.events import Noted, Published, TableRows
from sbdk.core.sql import quoted
from sbdk.run.context import RunContext, StageOutcome
from sbdk.run.plan import Decision, PlanInputs
from sbdk.run.result import BuildSummary
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import DbtRecord, Inputs, TableCount

if TYPE_CHECKING:
    from sbdk.targets.base import Connection

Place = tuple[str, str]
"""Schema and name."""


@dataclass(frozen=True)
class PublishStage:
    name: str = "publish"

    def decide(self, inputs: PlanInputs) -> Decision:
        """Publishes when another stage runs, and always when nothing is published yet."""
        if inputs.before is None:
            return Decision(True, "nothing is published yet")
        changed = any(decision.run for decision in inputs.decided.values())
        return Decision(changed, "the build changes" if changed else "up to date")

    def run(self, context: RunContext, so_far: RecordDraft) -> StageOutcome:
        """All or nothing: until the rename inside `target.publish`, the old file is the published one."""
        stale = _stale(context, so_far)
        draft = replace(so_far, inputs=_inputs(context, so_far), dbt=replace(so_far.dbt, stale=stale))
        with context.build.connect() as connection:
            _drop_removed(context, draft.dbt, connection)
            draft = replace(draft, tables=count_tables(connection, _places(draft.dbt), context.raw_schema))
        summary = BuildSummary(tables=draft.tables, stale=stale)
        try:
            published = context.target.publish(context.build, context.run_id, draft)
        except SbdkError as error:
            return StageOutcome(draft, summary=summary, error=error)
        context.emit(Published(str(published.path), tuple(TableRows(each.name, each.rows) for each in draft.tables)))
        return StageOutcome(draft, summary=replace(summary, published=str(published.path)))


def _stale(context: RunContext, draft: RecordDraft) -> tuple[str, ...]:
    """Models that no longer match the raw tables."""
    models = set(draft.dbt.models) or {path.stem for path in context.loaded.dbt.glob("models/**/*.sql")}
    outdated = models if draft.loads or context.plan.other_world else set(context.known.dbt.stale)
    return tuple(sorted(outdated - set(draft.built)))


def _inputs(context: RunContext, draft: RecordDraft) -> Inputs:
    """The inputs of the build: for a stage that did not run, those of the published build."""
    plan, known = context.plan, context.known.inputs
    inputs = plan.inputs
    if context.resumed:  # later changes of other models are left to the next run
        inputs = replace(inputs, dbt=draft.inputs.dbt)
    elif not plan.runs("transform") or context.options.select:
        inputs = replace(inputs, dbt=known.dbt)
    if not plan.runs("check") or context.options.pipelines_only:
        inputs = replace(inputs, checks=known.checks)
    return inputs


def _drop_removed(context: RunContext, now: DbtRecord, connection: Connection) -> None:
    """Drop tables and views of models and seeds that the dbt project has no longer, or under another name."""
    kinds = {(table.schema, table.name): table.kind for table in connection.tables()}
    former = {each.place for each in context.known.dbt.relations}
    for place in sorted(former - {each.place for each in now.relations}):
        if place in kinds:
            connection.execute(f"drop {kinds[place]} {quoted(place[0])}.{quoted(place[1])}")
            context.emit(Noted("publish", f"dropped {'.'.join(place)}: its model is gone"))


def _places(dbt: DbtRecord) -> set[Place]:
    """Schema and name of each model's table or view."""
    return {relation.place for relation in dbt.models.values()}


def count_tables(connection: Connection, models: set[Place], raw_schema: str) -> tuple[TableCount, ...]:
    """Raw tables and models, with their rows."""
    existing = [(table.schema, table.name) for table in connection.tables()]
    counted = [
        pair for pair in existing if pair in models or (pair[0] == raw_schema and not pair[1].startswith("_dlt"))
    ]
    return tuple(TableCount(f"{schema}.{name}", _count_rows(connection, schema, name)) for schema, name in counted)


def _count_rows(connection: Connection, schema: str, name: str) -> int:
    return int(connection.value(f"select count(*) from {quoted(schema)}.{quoted(name)}"))  # noqa: S608
