"""From a declared chart to its picture: ask, look at the columns, fill in what was left open."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from sbdk.core.errors import QueryError, SbdkError
from sbdk.core.format import plural
from sbdk.report.bins import ask_for_bins
from sbdk.report.kinds import Column, Kind, kind_of, values
from sbdk.report.picture import Part, Picture
from sbdk.report.resolving import Roles, format_of, resolve
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
    table, total, missing = ask_for_bins(bare(chart.sql), roles.x or "", ask)
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
