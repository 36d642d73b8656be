"""Builds the charts of a report: each runs its query and returns data to draw; the database counts histograms' bins."""

from __future__ import annotations

import math

import pyarrow as pa

from sbdk.core.errors import QueryError, SbdkError
from sbdk.core.format import plural
from sbdk.core.sql import quoted
from sbdk.report.chart_data import ChartColumn, ChartData, SectionCharts, chart_rows, column_kinds
from sbdk.report.encoding import Encoding, format_of, resolve
from sbdk.spec.report import Chart, Section
from sbdk.targets.base import QueryFunction

MAX_SERIES = 10
"""More colours cannot be told apart."""


def build_section(section: Section, query: QueryFunction) -> SectionCharts:
    """The section's charts; one whose query or columns are wrong holds an error that names the file and the chart."""
    return SectionCharts(section, [_chart_or_error(chart, section, query) for chart in section.charts])


def _chart_or_error(chart: Chart, section: Section, query: QueryFunction) -> ChartData:
    try:
        return build_chart(chart, query)
    except SbdkError as error:
        located = type(error)(f"{chart.title}: {error.message}", file=section.file, hint=error.hint)
        return ChartData(chart, error=located)


def build_chart(chart: Chart, query: QueryFunction) -> ChartData:
    """The data of one chart. QueryError, QueryForbidden or QueryTimeout of its SQL; QueryError for its columns."""
    if chart.mark == "histogram":
        return _histogram(chart, query)
    table = query(chart.sql, chart.limit + 1)
    encoding = resolve(chart, column_kinds(table))
    total, note = table.num_rows, ""
    if total > chart.limit:
        total = _count(chart.sql, query)
        table, note = _limited(chart, encoding, table, total, query)
    return _chart_data(chart, encoding, table, total, note)


def _histogram(chart: Chart, query: QueryFunction) -> ChartData:
    head = query(chart.sql, 1)
    encoding = resolve(chart, column_kinds(head))
    x = encoding.x or ""
    table, total, missing = bin_query(_subquery(chart.sql), x, query)
    style = format_of(chart, x)
    note = f"{plural(missing, 'row')} without a value." if missing else ""
    columns = (
        ChartColumn("from", "number", style),
        ChartColumn("to", "number", style),
        ChartColumn("rows", "number"),
    )
    return ChartData(chart, "histogram", columns, chart_rows(table, drawn=True), total, x=encoding.x, note=note)


def _limited(
    chart: Chart, encoding: Encoding, table: pa.Table, total: int, query: QueryFunction
) -> tuple[pa.Table, str]:
    """`limit` rows and a note about it: of dots a sample, the same one each time; of other marks the first rows."""
    if encoding.mark == "figures":
        raise QueryError(f"figures are the columns of one row, not of {plural(total, 'row')}")
    kept = f"{chart.limit:,} of {total:,} rows"
    if encoding.mark != "dot":
        return table.slice(0, chart.limit), f"Only the first {kept}."
    sampled = f"select * from ({_subquery(chart.sql)}\n) as t order by hash(t) limit {chart.limit}"  # noqa: S608
    return query(sampled, None), f"A sample: {kept}."


def _chart_data(chart: Chart, encoding: Encoding, table: pa.Table, total: int, note: str) -> ChartData:
    names = table.column_names
    columns = tuple(
        ChartColumn(name, kind, encoding.formats[name])
        for name, kind in zip(names, column_kinds(table).values(), strict=True)
    )
    if encoding.mark == "figures" and table.num_rows > 1:
        raise QueryError(f"figures are the columns of one row, not of {plural(table.num_rows, 'row')}")
    rows = chart_rows(table, drawn=encoding.mark not in ("figures", "table"))
    if encoding.colour and encoding.mark != "cell":
        at = names.index(encoding.colour)
        _check_series(len({row[at] for row in rows}), encoding.colour)
    return ChartData(chart, encoding.mark, columns, rows, total, encoding.x, encoding.y, encoding.colour, note)


def _check_series(series: int, column: str) -> None:
    if series > MAX_SERIES:
        hint = f"keep the {MAX_SERIES - 1} largest, and group the rest as one"
        raise QueryError(
            f"colour: {column!r} tells {series} series apart; more than {MAX_SERIES} are unreadable", hint=hint
        )


def _count(sql: str, query: QueryFunction) -> int:
    """How many rows the query has in all."""
    return int(query(f"select count(*) as rows from ({_subquery(sql)}\n)", None)["rows"][0].as_py())  # noqa: S608


def _subquery(sql: str) -> str:
    """The statement without its semicolon, to be put in parentheses."""
    return sql.strip().rstrip(";")


BINS = 30
"""About so many bins; their width is a round number."""


def bin_query(sql: str, column: str, query: QueryFunction) -> tuple[pa.Table, int, int]:
    """(table, rows in all, rows without a finite value) of the column. Columns of the table: from, to, rows.

    The bins are half-open, [from, to), without a gap between them. QueryError when the values are too far apart.
    """
    source = f"(select cast({quoted(column)} as double) as v from ({sql}\n)) where isfinite(v)"  # noqa: S608
    low, high, counted = query(f"select min(v), max(v), count(*) from {source}", None).to_pylist()[0].values()  # noqa: S608
    total = query(f"select count(*) as rows from ({sql}\n)", None)["rows"][0].as_py()  # noqa: S608
    if not counted:
        return pa.table({"from": pa.array([], pa.float64()), "to": [], "rows": []}), total, total
    step = nice_step(high / BINS - low / BINS) if high > low else 1.0
    first, last = math.floor(low / step), math.floor(high / step)
    if not math.isfinite(low / step) or last - first > 10 * BINS:
        raise QueryError(f"the values of {column!r} span too much for a histogram")
    binned = f"select cast(floor(v / {step!r}) as bigint) as bin, count(*) as rows from {source} group by 1"  # noqa: S608
    counts = query(binned, None)
    rows = dict(zip(counts["bin"].to_pylist(), counts["rows"].to_pylist(), strict=True))
    bins = range(first, last + 1)
    edges = {"from": [bin * step for bin in bins], "to": [(bin + 1) * step for bin in bins]}
    return pa.table({**edges, "rows": [rows.get(bin, 0) for bin in bins]}), total, total - counted


def nice_step(width: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `width`."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9))
