"""What is in a table's columns, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sbdk.core.errors import QueryError
from sbdk.core.sql import quoted, quoted_table
from sbdk.targets.base import Connection
from sbdk.targets.sessions import AnyConnection, as_connection


@dataclass(frozen=True)
class ColumnProfile:
    """`null_share` 0..1, 0 without rows; `distinct` is HyperLogLog's estimate; `top` is (value, rows), most first."""

    name: str
    type: str
    rows: int
    null_share: float
    distinct: int
    smallest: Any
    largest: Any
    top: list[tuple[Any, int]]


def profile(connection: AnyConnection, table: str, *, top: int = 5) -> list[ColumnProfile]:
    """A profile of every column of `table` (schema.table or table), in order; QueryError if there is none."""
    session = as_connection(connection)
    *schema, name = table.split(".", 1)
    columns = session.columns(name, *schema)
    if not columns:
        raise QueryError(f"there is no table {table}")
    return [_column(session, table, column.name, column.type, top) for column in columns]


def _column(connection: Connection, table: str, name: str, kind: str, top: int) -> ColumnProfile:
    column, source = quoted(name), quoted_table(table)
    figures = connection.rows(
        f"SELECT count(*), count({column}), approx_count_distinct({column}), min({column}), max({column}) FROM {source}"  # noqa: S608
    )[0]
    rows, present, distinct, smallest, largest = figures
    frequent = connection.rows(
        f"SELECT {column}, count(*) AS n FROM {source} WHERE {column} IS NOT NULL "  # noqa: S608
        "GROUP BY ALL ORDER BY n DESC, 1 LIMIT ?",
        [top],
    )
    null_share = (rows - present) / rows if rows else 0.0
    return ColumnProfile(
        name, kind, rows, null_share, distinct, smallest, largest, [(value, number) for value, number in frequent]
    )
