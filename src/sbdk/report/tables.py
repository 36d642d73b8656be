"""Pictures in words: the table of what was drawn, figures, and the sentence that a screen reader says."""

from __future__ import annotations

from html import escape
from typing import Any

from sbdk.core.format import plural
from sbdk.report.kinds import Column
from sbdk.report.picture import Picture
from sbdk.report.words import compact, said

_MARKS = {
    "line": "Line chart",
    "area": "Area chart",
    "bar": "Bar chart",
    "dot": "Scatter plot",
    "interval": "Values with their intervals",
    "histogram": "Histogram",
    "cell": "Heat map",
}


def table(picture: Picture) -> str:
    """All rows that the page holds, as an HTML table; every value is escaped."""
    head = "".join(f'<th scope="col"{_side(column)}>{escape(column.label)}</th>' for column in picture.columns)
    rows = "".join(f"<tr>{_cells(row, picture.columns)}</tr>\n" for row in picture.rows)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>'
    )


def _cells(row: tuple[object, ...], columns: tuple[Column, ...]) -> str:
    return "".join(
        f"<td{_side(column)}>{escape(said(value, column))}</td>" for value, column in zip(row, columns, strict=True)
    )


def _side(column: Column) -> str:
    """Numbers to the right; days and times on one line."""
    return {"number": ' class="n"', "text": ""}.get(column.kind, ' class="t"')


def figures(picture: Picture) -> str:
    """The columns of the one row, large; what is shortened says itself in full when pointed at."""
    return "".join(_figure(column, value) for column, value in zip(picture.columns, picture.rows[0], strict=True))


def _figure(column: Column, value: Any) -> str:
    full = said(value, column) or "–"
    short = compact(value, column.format) if column.kind == "number" and value is not None else full
    title = f' title="{escape(full)}"' if short != full else ""
    return f'<div class="figure"><dt>{escape(column.label)}</dt><dd{title}>{escape(short)}</dd></div>'


def described(picture: Picture) -> str:
    """Kind, title and range of the values, for those who do not see it."""
    what = f"{_MARKS[picture.mark]}: {picture.chart.title}. {plural(len(picture.rows), 'row')}."
    return what + "".join(f" {_range(picture, column)}" for column in picture.columns if column.kind == "number")


def _range(picture: Picture, column: Column) -> str:
    at = picture.columns.index(column)
    found = [row[at] for row in picture.rows if row[at] is not None]
    if not found:
        return f"{column.label}: no values."
    return f"{column.label} from {said(min(found), column)} to {said(max(found), column)}."
