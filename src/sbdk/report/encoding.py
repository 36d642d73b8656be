"""The encoding of a chart: which column is x, y and colour, and the format of each column's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sbdk.core.errors import QueryError, suggestion
from sbdk.report.chart_data import Kind
from sbdk.spec.report import Chart, Format, Mark

Kinds = Mapping[str, Kind]


@dataclass(frozen=True)
class Encoding:
    """The mark, the columns on its axes, and the format of every column."""

    mark: Mark
    formats: dict[str, Format]
    x: str | None = None
    y: tuple[str, ...] = ()
    colour: str | None = None


def resolve(chart: Chart, kinds: Kinds) -> Encoding:
    """The declared encoding, with defaults for what the chart left out.

    QueryError for a column that the query does not have, or that is of a kind the mark cannot show.
    """
    _check_columns_exist(chart, kinds)
    if chart.mark in ("figures", "table"):
        return Encoding(chart.mark, {name: _format(chart, name, kind == "number") for name, kind in kinds.items()})
    names = list(kinds)
    x = chart.x or names[0]
    if chart.mark == "histogram":
        _check_numbers(kinds, [x], "x of a histogram")
        return Encoding("histogram", {}, x)
    y = _y_columns(chart.y) or tuple(name for name in names if name != x)[:1]
    if not y:
        raise QueryError("the query has one column; a chart needs two", hint="or mark: figures, table, histogram")
    mark = chart.mark or ("line" if kinds[x] in ("date", "time") else "bar")
    colour = chart.colour or (_third_column(names, x, y) if mark == "cell" else None)
    _check_kinds(chart, mark, kinds, x, y, colour)
    if chart.reference and isinstance(chart.reference.at, str) and kinds[x] not in ("date", "time"):
        raise QueryError(f"reference: {chart.reference.at} is a day, and x ({x}) is no time")
    on_axis = {*y, chart.low, chart.high} if kinds[y[0]] == "number" else {x, chart.low, chart.high}
    measures = {colour} if mark == "cell" else on_axis
    return Encoding(mark, {name: _format(chart, name, name in measures) for name in names}, x, y, colour)


def format_of(chart: Chart, name: str) -> Format:
    """The format of a column that holds the values of the chart."""
    return _format(chart, name, True)


def _format(chart: Chart, name: str, is_value: bool) -> Format:
    if isinstance(chart.format, str):
        return chart.format if is_value else "number"
    return chart.format.get(name, "number")


def _y_columns(y: str | list[str] | None) -> tuple[str, ...]:
    return tuple([y] if isinstance(y, str) else y or ())


def _third_column(names: list[str], x: str, y: tuple[str, ...]) -> str | None:
    return next((name for name in names if name != x and name not in y), None)


def _check_columns_exist(chart: Chart, kinds: Kinds) -> None:
    declared = [("x", chart.x), ("colour", chart.colour), ("low", chart.low), ("high", chart.high)]
    declared += [("y", name) for name in _y_columns(chart.y)]
    declared += [("format", name) for name in (chart.format if isinstance(chart.format, dict) else ())]
    for key, name in declared:
        if name is not None and name not in kinds:
            hint = suggestion(name, kinds, heading="it has")
            raise QueryError(f"{key}: the query has no column {name!r}", hint=hint)


def _check_kinds(chart: Chart, mark: Mark, kinds: Kinds, x: str, y: tuple[str, ...], colour: str | None) -> None:
    if mark == "cell":
        if colour is None:
            raise QueryError("a cell needs three columns: x, y and, as its colour, a value")
        return _check_numbers(kinds, [colour], "the colour of a cell")
    if len(y) > 1 or mark in ("line", "area"):
        _check_numbers(kinds, y, "y")
    elif mark != "dot" and "number" not in (kinds[x], kinds[y[0]]):
        raise QueryError(f"neither x ({x}) nor y ({y[0]}) is a number")
    return _check_numbers(kinds, [name for name in (chart.low, chart.high) if name], "an end of an interval")


def _check_numbers(kinds: Kinds, names: Iterable[str], role: str) -> None:
    for name in names:
        if kinds[name] != "number":
            raise QueryError(f"{role} must be a number; the column {name!r} holds {kinds[name]}s")
