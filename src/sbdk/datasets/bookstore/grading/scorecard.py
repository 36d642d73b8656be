"""What grading a bookstore found, and the one figure that it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.datasets.bookstore.grading.experiments import split_score
from sbdk.datasets.bookstore.grading.findings import findings
from sbdk.datasets.bookstore.grading.listings import listings
from sbdk.datasets.bookstore.grading.results import ESTIMATES, UNCERTAIN, ExperimentScore, RowsScore, SplitScore
from sbdk.datasets.bookstore.grading.present import sections
from sbdk.score.card import Card, Finding, Listing, mean


@dataclass(frozen=True)
class BookstoreCard(Card):
    """sales and calendar are None when not graded."""

    weights: ClassVar[Mapping[str, int]] = {
        "estimates": 30,
        "uncertainty": 15,
        "conclusions": 20,
        "split": 15,
        "sales": 10,
        "calendar": 10,
    }
    titles: ClassVar[Mapping[str, str]] = {
        "estimates": "Estimates of experiments",
        "uncertainty": "Intervals and p-values",
        "conclusions": "Conclusions",
        "split": "Spoilt splits",
        "sales": "Sales of each day",
        "calendar": "Days and targets of features",
    }
    law: ClassVar[str] = (
        "An analysis is graded on what the raw data say, not on its luck: one interval in twenty misses the truth."
    )

    experiments: list[ExperimentScore]
    sales: RowsScore | None
    calendar: RowsScore | None
    notes: list[str] = field(default_factory=list)

    @property
    def split(self) -> SplitScore:
        return split_score(self.experiments)

    @property
    def parts(self) -> dict[str, float]:
        made = {
            "estimates": mean([one.share_right(ESTIMATES) for one in self.experiments]),
            "uncertainty": mean([one.share_right(UNCERTAIN) for one in self.experiments]),
            "conclusions": mean([float(one.verdict == one.right_verdict) for one in self.experiments]),
            "split": self.split.f1,
        }
        rest = {"sales": self.sales, "calendar": self.calendar}
        return {**made, **{name: part.quality for name, part in rest.items() if part is not None}}

    @property
    def coverage(self) -> tuple[int, int]:
        """(published intervals that hold the true lift, all of them)."""
        known = [one.covers for one in self.experiments if one.covers is not None]
        return sum(known), len(known)

    def findings(self) -> list[Finding]:
        return findings(self)

    def listings(self) -> list[Listing]:
        return listings(self)

    def sections(self) -> list[tuple[str, str]]:
        return sections(self)

    def as_dict(self) -> dict[str, Any]:
        held, known = self.coverage
        split = self.split
        return {
            "score": self.score,
            "grade": self.grade,
            "parts": {name: round(value, 6) for name, value in self.parts.items()},
            "experiments": [one.as_dict() for one in self.experiments],
            "coverage": {"intervals": known, "hold_the_truth": held},
            "split": {"planted": split.planted, "precision": split.precision, "recall": split.recall, "f1": split.f1},
            "sales": self.sales.as_dict() if self.sales else None,
            "calendar": self.calendar.as_dict() if self.calendar else None,
        }
