"""The results of grading a bookstore: tables, experiments, spoilt splits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sbdk.score.finding import Finding, sorted_findings

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
class TableScore:
    """A role's table. worth: the points that it may cost. covered: the share of its documented columns that is graded.

    is_graded: False where the role has no table and needs none; the rest says nothing then. rows: expected ones.
    wrong: rows that are missing, surplus, there twice, or have a wrong cell. absent: columns that are not graded.
    """

    role: str
    worth: float
    is_graded: bool = True
    covered: float = 1.0
    rows: int = 0
    wrong: int = 0
    findings: tuple[Finding, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def cost(self) -> float:
        """Points, of its worth."""
        return min(math.fsum(finding.points for finding in self.findings), self.worth)

    @property
    def quality(self) -> float:
        """1 without any fault, 0 if it is worth nothing."""
        return 1 - self.cost / self.worth if self.findings else 1.0

    @property
    def first(self) -> str:
        """The costliest fault, in words."""
        worst = sorted_findings(self.findings)
        return f"{worst[0].column}: {worst[0].text}" if worst and worst[0].column else worst[0].text if worst else ""

    def as_dict(self) -> dict[str, Any]:
        return {"expected": self.rows, "wrong": self.wrong, "first_wrong": self.first or None}
