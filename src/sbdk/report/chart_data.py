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


@dataclass(frozen=True)
class Picture:
    """One chart, ready to be drawn: `rows` in the order of `columns`, `total` rows of the query.

    `mark`, `x`, `y` … are the chart's, with what it left open filled in. With `error` there is nothing to draw.
    """

    chart: Chart
    mark: Mark = "table"
    columns: tuple[Column, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    total: int = 0
    x: str | None = None
    y: tuple[str, ...] = ()
    colour: str | None = None
    note: str = ""
    error: SbdkError | None = None

    @property
    def drawn(self) -> bool:
        """Whether it is a picture, not a table, figures, a sentence."""
        return not self.error and bool(self.rows) and self.mark not in ("figures", "table")

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def as_data(self) -> dict[str, Any]:
        """What charts/*.js draw from, as JSON; names of columns, not their positions."""
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
                {"name": one.name, "label": one.label, "kind": one.kind, "format": one.format} for one in self.columns
            ],
            "rows": self.rows,
        }


@dataclass(frozen=True)
class Part:
    """A section of the page with its pictures."""

    section: Section
    pictures: list[Picture]


Kind = Literal["number", "text", "date", "time"]
LONGEST = 300
"""A longer text is cut, so that a table of documents does not make a page of megabytes."""


@dataclass(frozen=True)
class Column:
    """A column's name, what its values are and how they read."""

    name: str
    kind: Kind
    format: Format = "number"

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ").strip() or self.name


def kind_of(type_: pa.DataType) -> Kind:
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return "number"
    if types.is_date(type_):
        return "date"
    return "time" if types.is_timestamp(type_) else "text"


def values(column: pa.ChunkedArray) -> list[Any]:
    """Numbers as int or float, days as 2026-01-31, times as 2026-01-31T12:00:00.000 (UTC), everything else as text.

    What is not finite is None, as null is.
    """
    kind, type_ = kind_of(column.type), column.type
    if kind == "number":
        whole = column if types.is_integer(type_) else column.cast(pa.float64())
        return [value if value is None or math.isfinite(value) else None for value in whole.to_pylist()]
    if kind == "time":
        naive = column.cast(pa.timestamp("us"), safe=False)
        return [text and text.replace(" ", "T")[:23] for text in naive.cast(pa.string()).to_pylist()]
    if kind == "date":
        return pc.cast(column, pa.string()).to_pylist()  # type: ignore[no-any-return]
    return [_text(value) for value in column.to_pylist()]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
