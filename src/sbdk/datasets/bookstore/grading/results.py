"""The results of grading a bookstore: experiments, spoilt splits, rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sbdk.score.card import WORTHLESS

ESTIMATES = (
    "control_ctr",
    "treatment_ctr",
    "control_cpc",
    "treatment_cpc",
    "absolute_lift",
    "relative_lift",
    "cpc_reduction",
)
BOUNDS = ("absolute_lift_low", "absolute_lift_high", "relative_lift_low", "relative_lift_high")
UNCERTAIN = (*BOUNDS, "p_value")
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class ExperimentScore:
    """One experiment: the published figures, and those of an exact analysis of the raw data.

    found: the published figures that the table has; None unless the experiment has exactly one row. right: the exact
    figures. wrong: names of those that differ by more than the tolerance.
    verdict, right_verdict: better, worse, undecided, mismatch or no_result. true_lift: relative, of the generator.
    planted: was its split spoilt on purpose?
    """

    experiment: str
    found: Figures | None
    right: Figures
    wrong: tuple[str, ...]
    verdict: str | None
    right_verdict: str
    true_lift: float
    planted: bool

    def share_right(self, names: tuple[str, ...]) -> float:
        """The share of right ones among the published figures of these names; 0 if none was published."""
        published = [name for name in names if self.found is not None and name in self.found]
        return 1 - sum(name in self.wrong for name in published) / len(published) if published else 0.0

    @property
    def flagged(self) -> bool:
        """Was a mismatch of the split published?"""
        return self.found is not None and bool(self.found.get("sample_ratio_mismatch"))

    @property
    def error(self) -> float | None:
        """The published lift less the true one."""
        lift = (self.found or {}).get("relative_lift")
        return None if lift is None else float(lift) - self.true_lift

    @property
    def covers(self) -> bool | None:
        """Does the published interval hold the true lift?"""
        low, high = ((self.found or {}).get(f"relative_lift_{end}") for end in ("low", "high"))
        return None if low is None or high is None else bool(low <= self.true_lift <= high)

    def as_dict(self) -> dict[str, Any]:
        found = self.found or {}
        return {
            "experiment_id": self.experiment,
            "relative_lift": found.get("relative_lift"),
            "relative_lift_low": found.get("relative_lift_low"),
            "relative_lift_high": found.get("relative_lift_high"),
            "true_lift": self.true_lift,
            "error": self.error,
            "covers_truth": self.covers,
            "wrong": list(self.wrong),
            "conclusion": self.verdict,
            "right_conclusion": self.right_verdict,
            "mismatch_planted": self.planted,
            "mismatch_found": self.flagged,
        }


@dataclass(frozen=True)
class SplitScore:
    """Mismatches of the split. planted: those that the data show. false: reported without being in the data."""

    planted: int
    hits: int
    false: int

    @property
    def precision(self) -> float:
        found = self.hits + self.false
        return self.hits / found if found else float(not self.planted)

    @property
    def recall(self) -> float:
        return self.hits / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def split_score(scores: list[ExperimentScore]) -> SplitScore:
    """Counts only mismatches that the data show: one by chance, or too small to be seen, costs no points."""
    seen = [score for score in scores if score.right["sample_ratio_mismatch"]]
    planted = [score for score in seen if score.planted]
    return SplitScore(
        planted=len(planted),
        hits=sum(score.flagged for score in planted),
        false=sum(score.flagged for score in scores if not score.planted and score not in seen),
    )


@dataclass(frozen=True)
class RowsScore:
    """The number of expected rows and of wrong ones. first: the earliest wrong one, in words."""

    expected: int
    wrong: int
    first: str = ""

    @property
    def quality(self) -> float:
        """1 if all rows are right, 0 if a tenth or more is wrong."""
        return max(0.0, 1 - self.wrong / max(self.expected, 1) / WORTHLESS)

    def as_dict(self) -> dict[str, Any]:
        return {"expected": self.expected, "wrong": self.wrong, "first_wrong": self.first or None}
