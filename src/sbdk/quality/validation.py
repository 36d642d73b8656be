"""Validation after load: every row has its key, and every foreign key its parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sbdk.core.errors import CheckFailed, QueryError
from sbdk.core.sql import bare, quoted, quoted_table
from sbdk.state.record_parts import ForeignKey, TableValidation, Validation
from sbdk.targets.base import Connection
from sbdk.targets.sessions import AnyConnection, as_connection


@dataclass(frozen=True)
class TableRule:
    """The key columns and foreign keys of `table` (schema.table or table); () for none declared."""

    table: str
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()


def validate(connection: AnyConnection, rules: Sequence[TableRule]) -> Validation:
    """One pass over each table. A foreign key that is null refers to nothing and is no orphan.

    A declared column or parent table that does not exist counts as one without values: all rows fail. CheckFailed when
    the database cannot compare a foreign key with its parent.
    """
    session = as_connection(connection)
    return Validation({bare(rule.table): _validate_table(session, rule) for rule in rules})


def _validate_table(connection: Connection, rule: TableRule) -> TableValidation:
    columns = _columns(connection, rule.table)
    if columns is None:
        return TableValidation(0, 0, 0)
    joins, orphan = [], []
    for number, foreign in enumerate(rule.foreign_keys):
        parent = _columns(connection, foreign.parent)
        if foreign.column not in columns:
            orphan.append("true")
        elif parent is None or foreign.parent_column not in parent:
            orphan.append(f"child.{quoted(foreign.column)} IS NOT NULL")
        else:
            joins.append(_join(foreign, f"parent{number}"))
            orphan.append(f"(child.{quoted(foreign.column)} IS NOT NULL AND parent{number}.present IS NULL)")
    null = [f"child.{quoted(name)} IS NULL" if name in columns else "true" for name in rule.key]
    sql = (
        f"SELECT count(*), count(*) FILTER (WHERE {_any(null)}), count(*) FILTER (WHERE {_any(orphan)}) "  # noqa: S608
        f"FROM {quoted_table(rule.table)} AS child {' '.join(joins)}"
    )
    try:
        return TableValidation(*connection.rows(sql)[0])
    except QueryError as error:
        raise CheckFailed(f"{rule.table} cannot be validated: {str(error).splitlines()[0]}") from error


def _join(foreign: ForeignKey, alias: str) -> str:
    parent = (
        f"SELECT DISTINCT {quoted(foreign.parent_column)} AS id, true AS present FROM {quoted_table(foreign.parent)}"  # noqa: S608
    )
    return f"LEFT JOIN ({parent}) AS {alias} ON {alias}.id = child.{quoted(foreign.column)}"


def _any(conditions: list[str]) -> str:
    return " OR ".join(conditions) or "false"


def _columns(connection: Connection, table: str) -> set[str] | None:
    """Column names of a table or view; None if there is no such table."""
    *schema, name = table.split(".", 1)
    return {column.name for column in connection.columns(name, *schema)} or None
