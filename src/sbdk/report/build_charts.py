"""Builds the charts of a report: each runs its query and returns data to draw."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from sbdk.core.errors import QueryError, SbdkError
from sbdk.core.format import plural
from sbdk.core.sql import quoted
from sbdk.report.chart_data import Column, Kind, Part, Picture, kind_of, values
from sbdk.report.encoding import Roles, format_of, resolve
from sbdk.spec.report import Chart, Section
from sbdk.targets.base import Ask

SERIES = 10
"""So many colours can be told apart."""


def draw_section(section: Section, ask: Ask) -> Part:
    """Its pictures; a chart whose query or columns are wrong becomes one with an error that names file and chart."""
    return Part(section, [_guarded(chart, section, ask) for chart in section.charts])


def _guarded(chart: Chart, section: Section, ask: Ask) -> Picture:
    try:
        return draw(chart, ask)
    except SbdkError as error:
        told = type(error)(f"{chart.title}: {error.message}", file=section.file, hint=error.hint)
        return Picture(chart, error=told)


def draw(chart: Chart, ask: Ask) -> Picture:
    """The picture of one chart. QueryError, QueryForbidden or QueryTimeout of its SQL; QueryError for its columns."""
    if chart.mark == "histogram":
        return _histogram(chart, ask)
    table = ask(chart.sql, chart.limit + 1)
    roles = resolve(chart, _kinds(table))
    total, note = table.num_rows, ""
    if total > chart.limit:
        total = count(chart.sql, ask)
        table, note = _cut(chart, roles, table, total, ask)
    return _picture(chart, roles, table, total, note)


def count(sql: str, ask: Ask) -> int:
    """How many rows the query has in all."""
    return int(ask(f"select count(*) as rows from ({bare(sql)}\n)", None)["rows"][0].as_py())  # noqa: S608


def bare(sql: str) -> str:
    """The statement as it may stand in parentheses."""
    return sql.strip().rstrip(";")


def _cut(chart: Chart, roles: Roles, table: pa.Table, total: int, ask: Ask) -> tuple[pa.Table, str]:
    """At most `limit` rows: of dots a sample that is the same each time, of all else the first ones. Either is said."""
    if roles.mark == "figures":
        raise QueryError(f"figures are the columns of one row, not of {plural(total, 'row')}")
    kept = f"{chart.limit:,} of {total:,} rows"
    if roles.mark != "dot":
        return table.slice(0, chart.limit), f"Only the first {kept}."
    sampled = f"select * from ({bare(chart.sql)}\n) as t order by hash(t) limit {chart.limit}"  # noqa: S608
    return ask(sampled, None), f"A sample: {kept}."


def _histogram(chart: Chart, ask: Ask) -> Picture:
    head = ask(chart.sql, 1)
    roles = resolve(chart, _kinds(head))
    table, total, missing = bin_query(bare(chart.sql), roles.x or "", ask)
    style = format_of(chart, roles.x or "")
    note = f"{plural(missing, 'row')} without a value." if missing else ""
    columns = (Column("from", "number", style), Column("to", "number", style), Column("rows", "number"))
    return Picture(chart, "histogram", columns, _rows(table), total, x=roles.x, note=note)


def _picture(chart: Chart, roles: Roles, table: pa.Table, total: int, note: str) -> Picture:
    names = table.column_names
    columns = tuple(
        Column(name, kind, roles.formats[name]) for name, kind in zip(names, _kinds(table).values(), strict=True)
    )
    if roles.mark == "figures" and table.num_rows > 1:
        raise QueryError(f"figures are the columns of one row, not of {plural(table.num_rows, 'row')}")
    if roles.colour and roles.mark != "cell":
        _must_be_few(len(table[roles.colour].unique()), roles.colour)
    return Picture(chart, roles.mark, columns, _rows(table), total, roles.x, roles.y, roles.colour, note)


def _must_be_few(series: int, column: str) -> None:
    if series > SERIES:
        hint = f"keep the {SERIES - 1} largest, and group the rest as one"
        raise QueryError(
            f"colour: {column!r} tells {series} series apart; more than {SERIES} are unreadable", hint=hint
        )


def _kinds(table: pa.Table) -> dict[str, Kind]:
    """Kind by name; DuckDB has given columns of one name different ones."""
    return {name: kind_of(type_) for name, type_ in zip(table.column_names, table.schema.types, strict=True)}


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(values(column) for column in table.columns), strict=True))


BINS = 30


def bin_query(sql: str, column: str, ask: Ask) -> tuple[pa.Table, int, int]:
    """A table (from, to, rows) without a gap, of half-open bins [from, to); the rows in all; those without a value."""
    source = f"(select cast({quoted(column)} as double) as v from ({sql}\n)) where isfinite(v)"  # noqa: S608
    low, high, counted = ask(f"select min(v), max(v), count(*) from {source}", None).to_pylist()[0].values()  # noqa: S608
    total = ask(f"select count(*) as rows from ({sql}\n)", None)["rows"][0].as_py()  # noqa: S608
    if not counted:
        return pa.table({"from": pa.array([], pa.float64()), "to": [], "rows": []}), total, total
    step = nice_step((high - low) / BINS) if high > low else 1.0
    first, last = math.floor(low / step), math.floor(high / step)
    if not math.isfinite(low / step) or last - first > 10 * BINS:
        raise QueryError(f"the values of {column!r} span too much for a histogram")
    found = ask(f"select cast(floor(v / {step!r}) as bigint) as bin, count(*) as rows from {source} group by 1", None)  # noqa: S608
    rows = dict(zip(found["bin"].to_pylist(), found["rows"].to_pylist(), strict=True))
    bins = range(first, last + 1)
    edges = {"from": [bin * step for bin in bins], "to": [(bin + 1) * step for bin in bins]}
    return pa.table({**edges, "rows": [rows.get(bin, 0) for bin in bins]}), total, total - counted


def nice_step(width: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9))
