"""Profiles of the columns of a table: share of nulls, distinct values, minimum, maximum and a small histogram.

Of a large table a sample is read: rows from all parts of it, the same ones each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sbdk.core.sql import quoted
from sbdk.server.dashboard.queries.catalog import SECONDS, Column, Relation
from sbdk.targets.base import Connection, Row, Target

# ruff: noqa: S608 - the only things put into the SQL here are quoted identifiers and numbers


SAMPLED_FROM = 1_000_000
"""A table with so many rows or more is sampled."""
SAMPLE = 200_000
COUNTED_UP_TO = 250_000
"""Distinct values of more rows are estimated."""
BINS = 24
TOP = 5
_CUT = 60
_SAMPLE = "sbdk_sample"


@dataclass(frozen=True)
class ColumnProfile:
    """`nulls`: share 0..1. `present`: rows that are not null. `distinct`: of many rows an estimate (HyperLogLog).

    `bins`: rows from smallest to largest, for numbers and times. `top`: the most frequent values with their rows, for
    the others.
    """

    column: Column
    present: int
    nulls: float
    distinct: int
    smallest: str | None
    largest: str | None
    bins: list[int] = field(default_factory=list)
    top: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Profile:
    """`read`: rows that were read; `sampled`: the table has more; `estimated`: the numbers of distinct values are."""

    read: int
    sampled: bool
    estimated: bool
    columns: list[ColumnProfile]


def profile(target: Target, relation: Relation) -> Profile:
    """The profile of a table or view. QueryTimeout after SECONDS."""
    with target.sandbox(max_seconds=SECONDS) as connection:
        source, sampled = _source(connection, relation)
        rows = connection.value(f"SELECT count(*) FROM {source}")
        estimated = rows > COUNTED_UP_TO
        aggregates = _aggregates(relation.columns, "approx_count_distinct({})" if estimated else "count(DISTINCT {})")
        rest = connection.rows(f"SELECT {aggregates} FROM {source}")[0]
        columns = [
            _column(connection, source, column, rows, rest[4 * at : 4 * at + 4])
            for at, column in enumerate(relation.columns)
        ]
    return Profile(rows, sampled, estimated, columns)


def _source(connection: Connection, relation: Relation) -> tuple[str, bool]:
    """(name to select from, whether it is a sample): the table itself, or a temporary table. A view is run once."""
    if relation.kind == "view":
        connection.execute(
            f"CREATE TEMP TABLE {_SAMPLE} AS FROM {relation.sql} USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (42)"
        )
        sampled = connection.value(f"SELECT count(*) FROM {_SAMPLE}")
        return _SAMPLE, sampled >= SAMPLE
    if (relation.rows or 0) < SAMPLED_FROM:
        return relation.sql, False
    every = (relation.rows or 1) // SAMPLE
    connection.execute(f"CREATE TEMP TABLE {_SAMPLE} AS FROM {relation.sql} WHERE hash(rowid) % {every} = 0")
    return _SAMPLE, True


def _aggregates(columns: list[Column], distinct: str) -> str:
    parts = []
    for column in columns:
        name = quoted(column.name)
        ends = [f"left(CAST({end}({name}) AS VARCHAR), {_CUT})" for end in ("min", "max")]
        if column.kind == "nested":
            ends = ["NULL", "NULL"]
        parts += [f"count({name})", distinct.format(name), *ends]
    return ", ".join(parts)


def _column(connection: Connection, source: str, column: Column, rows: int, figures: Row) -> ColumnProfile:
    present, distinct, smallest, largest = figures
    nulls = (rows - present) / rows if rows else 0.0
    bins = _bins(connection, source, column) if column.kind in ("number", "time") and present else []
    top = [] if bins or not present or column.kind == "nested" else _top(connection, source, column)
    return ColumnProfile(column, present, nulls, min(distinct, present), smallest, largest, bins, top)


def _bins(connection: Connection, source: str, column: Column) -> list[int]:
    """Rows per bin of equal width; one bin when all values are the same. Infinities and NaN are left out."""
    name = quoted(column.name)
    time = f"CAST({name} AS TIMESTAMPTZ)" if column.type == "TIMESTAMPTZ_NS" else name  # which has no epoch
    value = f"epoch({time})" if column.kind == "time" else f"CAST({name} AS DOUBLE)"
    found = connection.rows(
        f"""WITH v AS (SELECT {value} AS x FROM {source}), f AS (SELECT x FROM v WHERE isfinite(x)),
            ends AS (SELECT min(x) / 2 AS low, max(x) / 2 AS high FROM f) -- of halves the difference is finite
            SELECT CASE WHEN high > low
                   THEN least(CAST(floor((x / 2 - low) / (high - low) * {BINS}) AS INT), {BINS - 1})
                   ELSE 0 END AS bin, count(*) FROM f, ends GROUP BY 1 ORDER BY 1"""
    )
    if len(found) <= 1:
        return [number for _, number in found]
    counts: dict[int, int] = dict(map(tuple, found))
    return [counts.get(bin_, 0) for bin_ in range(BINS)]


def _top(connection: Connection, source: str, column: Column) -> list[tuple[str, int]]:
    name = quoted(column.name)
    found = connection.rows(
        f"""SELECT left(CAST({name} AS VARCHAR), {_CUT}), count(*) AS n FROM {source} WHERE {name} IS NOT NULL
            GROUP BY ALL ORDER BY n DESC, 1 LIMIT {TOP}"""
    )
    return [(value, number) for value, number in found]
