"""The tables of a build: which ones a full refresh keeps, which ones make way, which ones nothing makes any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sbdk.core.errors import QueryError, TransformError, WarehouseDamaged
from sbdk.core.events import Noted
from sbdk.core.sql import quoted
from sbdk.run.context import RunContext
from sbdk.run.dbt_workers import database_of, variables
from sbdk.state.record import RecordDraft
from sbdk.state.record_parts import DbtRecord, DbtRelation, TableCount

if TYPE_CHECKING:
    from sbdk.targets.base import Connection, TableInfo
    from sbdk.transform import BuiltRelation, Worker

Place = tuple[str, str]
"""Schema and name."""


def prepare_relations(context: RunContext, so_far: RecordDraft, worker: Worker) -> None:
    """Before dbt builds: bring over what a full refresh keeps, drop what another kind of node replaces.

    TransformError for a table that both a pipeline and dbt make.
    """
    database = database_of(context.build.dbt_profile())
    now = worker.relations(database, vars=variables(context.loaded, context.options.interval), emit=context.emit)
    _refuse_shared(context, so_far, now)
    if context.build.parent is None and context.target.exists():
        _keep_rows(context, now)
    with context.build.connect() as connection:
        _drop_replaced(context, now, connection)


def _refuse_shared(context: RunContext, so_far: RecordDraft, now: Iterable[BuiltRelation]) -> None:
    loaded = {*so_far.loaded_tables, *(table for file in so_far.pipelines.values() for table in file.tables)}
    for each in now:
        if each.schema == context.raw_schema and each.alias in loaded:
            message = (
                f"the table {each.schema}.{each.alias} is filled by a pipeline and made by the {each.type} {each.name}"
            )
            raise TransformError(message, hint="give one of the two another name, or remove it")


def _keep_rows(context: RunContext, now: Iterable[BuiltRelation]) -> None:
    """Copy the tables whose rows a full refresh does not replace: snapshots, models with `full_refresh: false`, and
    tables that neither a pipeline nor dbt makes from its sources (a log that hooks write)."""
    made = {each.place for each in context.known.dbt.relations if each.type != "snapshot"}
    made |= {(each.schema, each.alias) for each in now}
    kept = {(each.schema, each.alias) for each in now if each.keeps_rows}

    def is_kept(table: TableInfo) -> bool:
        place = (table.schema, table.name)
        return table.kind == "table" and (
            place in kept or (place not in made and not _is_loaded(context, table.schema))
        )

    try:
        copied = context.target.copy_tables(context.build, is_kept)
    except WarehouseDamaged as error:
        if not kept:
            return
        names = ", ".join(sorted(".".join(place) for place in kept))
        message = f"{error.message}; a full refresh keeps the rows of {names}, which are in it"
        hint = "`sbdk rollback` publishes the last undamaged build again; without the file, these tables start anew"
        raise WarehouseDamaged(message, file=error.file, hint=hint) from error
    for place in copied:
        if place in kept:
            context.emit(Noted("transform", f"kept {'.'.join(place)}: a full refresh does not empty it"))


def _is_loaded(context: RunContext, schema: str) -> bool:
    return schema in (context.raw_schema, f"{context.raw_schema}_staging", "_sbdk")


def _drop_replaced(context: RunContext, now: Iterable[BuiltRelation], connection: Connection) -> None:
    """Drop the table of a model or seed where the project has a node of another kind now: dbt would take it for that
    node's own. The history of a snapshot is left to dbt."""
    kinds = {(table.schema, table.name): table.kind for table in connection.tables()}
    types = {(each.schema, each.alias): each.type for each in now}
    for former in context.known.dbt.relations:
        before = former.type or ("model" if former.model else "seed")
        present = types.get(former.place)
        if former.place in kinds and present not in (None, before) and before != "snapshot":
            drop(connection, former.place, kinds[former.place])


def drop_taken(context: RunContext, tables: Iterable[str]) -> set[str]:
    """Before a load: drop those of the raw tables that dbt made so far, as seeds or models; their names.

    TransformError for one that holds the history of a snapshot.
    """
    former = {each.name: each.type for each in context.known.dbt.relations if each.schema == context.raw_schema}
    taken = former.keys() & set(tables)
    for name in sorted(taken):
        if former[name] == "snapshot":
            message = f"the table {context.raw_schema}.{name} holds the history of a snapshot, and a pipeline fills it"
            raise TransformError(message, hint="give the resource another name or table_name")
    if not taken or context.plan.empty:
        return set(taken)
    with context.build.connect() as connection:
        for table in connection.tables(context.raw_schema):
            if table.name in taken:
                drop(connection, (table.schema, table.name), table.kind)
    return set(taken)


def drop_removed(context: RunContext, draft: RecordDraft, connection: Connection) -> None:
    """Drop tables and views of models and seeds that the dbt project has no longer, or under another name, unless a
    pipeline fills them now."""
    kinds = {(table.schema, table.name): table.kind for table in connection.tables()}
    made = {each.place for each in draft.dbt.relations} | {(context.raw_schema, name) for name in draft.keys}
    former = {each.place for each in context.known.dbt.relations if each.type != "snapshot"}
    for place in sorted((former - made) & kinds.keys()):
        drop(connection, place, kinds[place])
        context.emit(Noted("publish", f"dropped {'.'.join(place)}: its model is gone"))


def drop(connection: Connection, place: Place, kind: str) -> None:
    connection.execute(f"drop {kind} {quoted(place[0])}.{quoted(place[1])}")


def without_models(known: DbtRecord) -> DbtRecord:
    """The record when the dbt project holds nothing any more: only the histories of its snapshots stay."""
    return DbtRecord(relations=former_snapshots(known, ()))


def former_snapshots(known: DbtRecord, now: Iterable[DbtRelation]) -> tuple[DbtRelation, ...]:
    """The snapshots that the project has no longer: their history stays, because nothing can make it again."""
    places = {each.place for each in now}
    return tuple(each for each in known.relations if each.type == "snapshot" and each.place not in places)


def count_tables(connection: Connection, dbt: DbtRecord, raw_schema: str) -> tuple[TableCount, ...]:
    """Raw tables, models and snapshots, with their rows."""
    listed = {each.place for each in dbt.relations if each.model is not None or each.type == "snapshot"}
    existing = [(table.schema, table.name) for table in connection.tables()]
    counted = [
        pair for pair in existing if pair in listed or (pair[0] == raw_schema and not pair[1].startswith("_dlt"))
    ]
    return tuple(TableCount(f"{schema}.{name}", _count_rows(connection, schema, name)) for schema, name in counted)


def _count_rows(connection: Connection, schema: str, name: str) -> int:
    """TransformError for a view that cannot be read."""
    try:
        return int(connection.value(f"select count(*) from {quoted(schema)}.{quoted(name)}"))  # noqa: S608
    except QueryError as error:
        message = f"the view {schema}.{name} cannot be read: {error.message}"
        raise TransformError(message, hint="fix the model, or what it reads, and run again") from error
