"""Views: the presentation of a scorecard as data, rendered by the terminal, the HTML report and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Shown = Literal["everywhere", "terminal", "page"]
"""Where something is shown; the page is the HTML report."""


@dataclass(frozen=True)
class Share:
    """A share, 0..1. meter: the page draws it as a bar beside the figure."""

    value: float
    meter: bool = False


Cell = str | int | Share | None


@dataclass(frozen=True)
class Column:
    """title: in a terminal. heading: on the page, if another one. kind: a figure, the row's name, or a long text."""

    title: str
    heading: str = ""
    kind: Literal["figure", "name", "text"] = "figure"
    shown: Shown = "everywhere"

    @property
    def label(self) -> str:
        """The heading on the page."""
        return self.heading or self.title


@dataclass(frozen=True)
class TableView:
    """A table. title: in a terminal. heading, note: on the page. grouped: there, rows stand below a row with the
    first column's value."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    heading: str = ""
    note: str = ""
    grouped: bool = False
    shown: Shown = "everywhere"
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Bar:
    """`total` records by place. lost: records in no place. extra: surplus rows."""

    name: str
    total: int
    places: Mapping[str, int]
    lost: int
    extra: int

    @property
    def parts(self) -> dict[str, int]:
        """The places that have records, and the lost ones."""
        return {name: rows for name, rows in {**self.places, "lost": self.lost}.items() if rows}

    @property
    def faults(self) -> list[str]:
        """The faults of the sum, in words; empty if every record is in exactly one place."""
        wrong = ((self.lost, "lost"), (self.extra, "too many"))
        return [f"{rows:,} {what}" for rows, what in wrong if rows]


@dataclass(frozen=True)
class BarsView:
    """Stacked bars; in a terminal, a table of the same figures."""

    title: str
    bars: Sequence[Bar]
    shown: Shown = "everywhere"
    kind: ClassVar[str] = "bars"


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, as far as published, and the true value."""

    name: str
    truth: float
    estimate: float | None
    low: float | None
    high: float | None
    is_right: bool

    @property
    def ends(self) -> list[float]:
        """The estimate and the ends of the interval, as far as published."""
        return [value for value in (self.estimate, self.low, self.high) if value is not None]


@dataclass(frozen=True)
class IntervalsView:
    """A forest plot; only on the page."""

    title: str
    intervals: Sequence[Interval]
    label: str
    note: str
    shown: Shown = "page"
    kind: ClassVar[str] = "intervals"


View = TableView | BarsView | IntervalsView


def signed(share: float | None) -> str:
    """A share in per cent with its sign; nothing for None."""
    if not share:
        return "" if share is None else "0 %"
    return f"{100 * share:+.2f} %".replace("-", "−")
