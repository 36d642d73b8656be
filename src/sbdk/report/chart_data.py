"""The data of one chart: columns with their kinds, and values ready for JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as types

from sbdk.core.errors import SbdkError
from sbdk.spec.report import Chart, Format, Mark, Section

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


def column_kind(type_: pa.DataType) -> Kind:
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return "number"
    if types.is_date(type_):
        return "date"
    return "time" if types.is_timestamp(type_) else "text"


def column_values(column: pa.ChunkedArray) -> list[Any]:
    """Numbers as int or float, days as 2026-01-31, times as 2026-01-31T12:00:00.000 (UTC), everything else as text.

    Null, infinities and NaN are None.
    """
    kind, type_ = column_kind(column.type), column.type
    if kind == "number":
        numbers = column if types.is_integer(type_) else column.cast(pa.float64())
        return [value if value is None or math.isfinite(value) else None for value in numbers.to_pylist()]
    if kind == "time":
        naive = column.cast(pa.timestamp("us"), safe=False)
        return [text and text.replace(" ", "T")[:23] for text in naive.cast(pa.string()).to_pylist()]
    if kind == "date":
        return pc.cast(column, pa.string()).to_pylist()  # type: ignore[no-any-return]
    return [_text(value) for value in column.to_pylist()]


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
