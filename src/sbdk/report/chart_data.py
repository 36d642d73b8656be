"""The data of one chart: columns with their kinds, and values ready for JSON."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.types as types

from sbdk.core.errors import SbdkError
from sbdk.spec.report import Chart, Format, Mark, Section
from sbdk.targets.values import sql_types, texts_of, values_of

Kind = Literal["number", "text", "date", "time"]
MAX_TEXT = 300
"""Characters; a longer text is cut, so that a table of documents does not make a page of megabytes."""


@dataclass(frozen=True)
class SectionCharts:
    """A section of the page with the data of its charts."""

    section: Section
    charts: list[ChartData]


@dataclass(frozen=True)
class ChartData:
    """One chart, ready to be drawn: `rows` in the order of `columns`, `total` rows of the query.

    `mark`, `x`, `y` and `colour` are those of the declaration, with defaults for those it left out. With `error` there
    is nothing to draw.
    """

    chart: Chart
    mark: Mark = "table"
    columns: tuple[ChartColumn, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    total: int = 0
    x: str | None = None
    y: tuple[str, ...] = ()
    colour: str | None = None
    note: str = ""
    error: SbdkError | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether a script draws it; a table, figures, an error and a chart without rows are HTML alone."""
        return not self.error and bool(self.rows) and self.mark not in ("figures", "table")

    def as_dict(self) -> dict[str, Any]:
        """The JSON that charts/*.js draw; columns are referred to by name, not by position."""
        chart = self.chart
        return {
            "title": chart.title,
            "mark": self.mark,
            "x": self.x,
            "y": list(self.y),
            "colour": self.colour,
            "low": chart.low,
            "high": chart.high,
            "stack": chart.stack,
            "dashed": chart.dashed,
            "reference": chart.reference.model_dump() if chart.reference else None,
            "height": chart.height,
            "wide": chart.size == "full",
            "columns": [
                {"name": column.name, "label": column.label, "kind": column.kind, "format": column.format}
                for column in self.columns
            ],
            "rows": self.rows,
        }


@dataclass(frozen=True)
class ChartColumn:
    """A column's name, the kind of its values and the format of its numbers."""

    name: str
    kind: Kind
    format: Format = "number"

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ").strip() or self.name


def column_kinds(table: pa.Table) -> dict[str, Kind]:
    """Kind by column name; DuckDB makes the names of a result unique."""
    kinds = (_kind(field.type, sql) for field, sql in zip(table.schema, sql_types(table), strict=True))
    return dict(zip(table.column_names, kinds, strict=True))


def _kind(type_: pa.DataType, sql_type: str) -> Kind:
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return "number"
    if types.is_date(type_):
        return "date"
    if types.is_timestamp(type_):
        return "time"
    return "number" if sql_type in ("HUGEINT", "UHUGEINT") else "text"


def chart_rows(table: pa.Table, *, drawn: bool) -> list[tuple[Any, ...]]:
    """Numbers as int or float, days as 2026-01-31, times as 2026-01-31T12:00:00.000 (UTC), everything else as text.

    Null, infinities and NaN are None. A day or time that no calendar of a browser has (infinity, 44 BC) is DuckDB's
    text in a table, and None where it would be `drawn`.
    """
    kinds = list(column_kinds(table).values())
    return [
        tuple(_value(kind, value, text, drawn) for kind, value, text in zip(kinds, row, texts, strict=True))
        for row, texts in zip(values_of(table), texts_of(table), strict=True)
    ]


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?(\+00)?")
_EXACT = 2**53
"""From here on a float does not hold every whole number."""


def _value(kind: Kind, value: Any, text: str | None, drawn: bool) -> Any:
    if text is None:
        return None
    if kind == "number":
        return _number(value)
    if kind == "text":
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    if kind == "date" and _DAY.fullmatch(text):
        return text
    if kind == "time" and (found := _INSTANT.fullmatch(text)):
        return f"{found[1]}T{found[2]}{(found[3] or '.')[:4].ljust(4, '0')}"
    return None if drawn else text


def _number(value: Any) -> int | float | None:
    if isinstance(value, Decimal):
        return round(value) if value == value.to_integral_value() or abs(value) >= _EXACT else float(value)
    return value if isinstance(value, int) or math.isfinite(value) else None
