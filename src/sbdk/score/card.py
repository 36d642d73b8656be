"""The base of scorecards: weighted parts, the score, its letter, and the findings that cost points."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sbdk.score.view import View

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
