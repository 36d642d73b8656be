"""A score card as data: score, grade, coverage, parts, and the views that a terminal or a page renders."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from sbdk.score.finding import Finding

LETTERS = (("A+", 100), ("A", 98), ("B", 90), ("C", 75), ("D", 50), ("F", 0))
"""The least score of each letter."""
WORTHLESS = 0.1
"""The share of wrong rows from which on a table counts for nothing."""


class Scorecard(ABC):
    """The result of grading, as data. Subclasses name their parts; `sbdk.score.render` renders its views."""

    weights: ClassVar[Mapping[str, int]]
    """Shares of the parts; those that are not graded leave theirs to the others."""
    titles: ClassVar[Mapping[str, str]]
    formula: ClassVar[str] = ""
    """How the score comes about, in words; empty: by the weights of the parts."""
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
        """What the data set adds to `report`."""

    @property
    def shares(self) -> dict[str, float]:
        """Points of 100 that each graded part is worth."""
        parts = self.parts
        total = sum(self.weights[name] for name in parts)
        return {name: 100 * self.weights[name] / total for name in parts}

    @property
    def score(self) -> float:
        """100 less the points of all findings, at least 0, cut to a tenth: 100 only without any finding."""
        findings = self.findings()
        left = 100 - math.fsum(finding.points for finding in findings)
        return min(max(0.0, math.floor(left * 10 + 1e-6) / 10), 99.9) if findings else 100.0

    @property
    def coverage(self) -> float:
        """The share of the answer key that is graded, 0..100; 100 only if all of it is."""
        return 100.0

    @property
    def uncovered(self) -> list[str]:
        """What is not graded: `table`, or `table.column`."""
        return []

    @property
    def grade(self) -> str:
        """The letter of the score; never A+ if part of the answer key is not graded."""
        letter = next(letter for letter, least in LETTERS if self.score >= least)
        return "A" if letter == "A+" and self.coverage < 100 else letter

    def report(self) -> dict[str, Any]:
        """For `--json`: score, grade, coverage and findings, which every data set has, and what this one adds."""
        shared = {
            "score": self.score,
            "grade": self.grade,
            "coverage": self.coverage,
            "findings": [finding.as_dict() for finding in self.findings()],
            "uncovered": self.uncovered,
            "notes": self.notes,
        }
        return {**shared, **{name: value for name, value in self.as_dict().items() if name not in shared}}


@dataclass(frozen=True)
class ScoredWarehouse:
    """A scorecard, its views, and the number of received records by table."""

    card: Scorecard
    views: Sequence[View]
    received: Mapping[str, int]


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
