"""A score card as data: findings, parts, and the views that a terminal or a page renders."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

LETTERS = (("A+", 100), ("A", 98), ("B", 90), ("C", 75), ("D", 50), ("F", 0))
"""The least score of each letter."""
WORTHLESS = 0.1
"""The share of wrong rows from which on a table counts for nothing."""


@dataclass(frozen=True)
class Finding:
    """points: cost of this finding alone, of 100. where: `sales.late`, `customers`, `EXP_003`, …"""

    points: float
    where: str
    text: str


class Scorecard(ABC):
    """The result of grading, as data. Subclasses name their parts; `sbdk.score.render` renders its views."""

    weights: ClassVar[Mapping[str, int]]
    """Shares of the score; parts that are not graded leave theirs to the others."""
    titles: ClassVar[Mapping[str, str]]
    law: ClassVar[str] = ""
    """The sentence of the report below the formula."""
    notes: list[str]

    @property
    @abstractmethod
    def parts(self) -> dict[str, float]:
        """Each part of the score that is graded, 0..1."""

    @abstractmethod
    def findings(self) -> list[Finding]:
        """The faults that cost points, the costliest first."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""

    @property
    def shares(self) -> dict[str, float]:
        """Points of 100 that each graded part is worth."""
        parts = self.parts
        total = sum(self.weights[name] for name in parts)
        return {name: 100 * self.weights[name] / total for name in parts}

    @property
    def score(self) -> float:
        """0..100, cut to a tenth: 100 only without any fault."""
        parts, weights = self.parts, self.weights
        total = sum(weights[name] for name in parts)
        exact = 100 * math.fsum(weights[name] * value for name, value in parts.items()) / total
        return 100.0 if all(value == 1 for value in parts.values()) else min(math.floor(exact * 10) / 10, 99.9)

    @property
    def grade(self) -> str:
        return next(letter for letter, least in LETTERS if self.score >= least)


@dataclass(frozen=True)
class ScoredWarehouse:
    """A scorecard, its views, and the number of received records by table."""

    card: Scorecard
    views: Sequence[View]
    received: Mapping[str, int]


def sorted_findings(findings: Sequence[Finding | None]) -> list[Finding]:
    """The findings that are not None, the costliest first."""
    return sorted((finding for finding in findings if finding), key=lambda finding: -finding.points)


def mean(values: Sequence[float]) -> float:
    """1 exactly if all are; 1 of nothing."""
    return 1.0 if all(value == 1 for value in values) else math.fsum(values) / len(values)


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
