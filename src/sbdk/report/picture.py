"""A chart with what its query returned: everything that drawing needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sbdk.core.errors import SbdkError
from sbdk.report.kinds import Column
from sbdk.spec.report import Chart, Mark, Section


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
