"""What is in a table's columns, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection as Connection

from sbdk.core.sql import quoted, quoted_table


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


def profile(connection: Connection, table: str, *, top: int = 5) -> list[ColumnProfile]:
    """A profile of every column of `table` (schema.table or table), in order; duckdb.Error if there is none."""
    described = connection.execute(f"SELECT * FROM {quoted_table(table)} LIMIT 0").description or []  # noqa: S608
    return [_column(connection, table, name, str(kind), top) for name, kind, *_ in described]


def _column(connection: Connection, table: str, name: str, kind: str, top: int) -> ColumnProfile:
    column, source = quoted(name), quoted_table(table)
    figures = connection.execute(
        f"SELECT count(*), count({column}), approx_count_distinct({column}), min({column}), max({column}) FROM {source}"  # noqa: S608
    ).fetchall()[0]
    rows, present, distinct, smallest, largest = figures
    frequent = connection.execute(
        f"SELECT {column}, count(*) AS n FROM {source} WHERE {column} IS NOT NULL "  # noqa: S608
        "GROUP BY ALL ORDER BY n DESC, 1 LIMIT ?",
        [top],
    ).fetchall()
    null_share = (rows - present) / rows if rows else 0.0
    return ColumnProfile(name, kind, rows, null_share, distinct, smallest, largest, frequent)
