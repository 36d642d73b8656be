"""What grading a bookstore found, and the score that it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.score.card import WORTHLESS, Finding, Scorecard, mean, sorted_findings

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
    """One experiment: what was published, and what its data say.

    found: the published figures, those that the table has; None where the experiment is not there exactly once.
    right: the same of an exact analysis of the raw data. wrong: those that differ by more than they may.
    verdict, right_verdict: better, worse, undecided, mismatch or no_result. true_lift: relative, of the generator.
    planted: whether its split was spoilt on purpose.
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
        """Of the figures so named that were published, the share that is right; 0 if none was."""
        there = [name for name in names if self.found is not None and name in self.found]
        return 1 - sum(name in self.wrong for name in there) / len(there) if there else 0.0

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
    """Mismatches of the split. planted: those that can be seen in the data. false: found where the data show none."""

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
    """Only what the data show counts: a mismatch by chance is nobody's fault, nor is one too small to be seen."""
    seen = [score for score in scores if score.right["sample_ratio_mismatch"]]
    planted = [score for score in seen if score.planted]
    return SplitScore(
        planted=len(planted),
        hits=sum(score.flagged for score in planted),
        false=sum(score.flagged for score in scores if not score.planted and score not in seen),
    )


@dataclass(frozen=True)
class RowsScore:
    """Rows that should be there, and how many are wrong. first: the earliest wrong one, in words."""

    expected: int
    wrong: int
    first: str = ""

    @property
    def quality(self) -> float:
        """1 if all rows are right, 0 if a tenth or more is wrong."""
        return max(0.0, 1 - self.wrong / max(self.expected, 1) / WORTHLESS)

    def as_dict(self) -> dict[str, Any]:
        return {"expected": self.expected, "wrong": self.wrong, "first_wrong": self.first or None}


@dataclass(frozen=True)
class BookstoreScorecard(Scorecard):
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
            "estimates": mean([score.share_right(ESTIMATES) for score in self.experiments]),
            "uncertainty": mean([score.share_right(UNCERTAIN) for score in self.experiments]),
            "conclusions": mean([float(score.verdict == score.right_verdict) for score in self.experiments]),
            "split": self.split.f1,
        }
        rest = {"sales": self.sales, "calendar": self.calendar}
        return {**made, **{name: part.quality for name, part in rest.items() if part is not None}}

    @property
    def coverage(self) -> tuple[int, int]:
        """(published intervals that hold the true lift, all of them)."""
        known = [score.covers for score in self.experiments if score.covers is not None]
        return sum(known), len(known)

    def findings(self) -> list[Finding]:
        return findings(self)

    def as_dict(self) -> dict[str, Any]:
        held, known = self.coverage
        split = self.split
        return {
            "score": self.score,
            "grade": self.grade,
            "parts": {name: round(value, 6) for name, value in self.parts.items()},
            "experiments": [score.as_dict() for score in self.experiments],
            "coverage": {"intervals": known, "hold_the_truth": held},
            "split": {"planted": split.planted, "precision": split.precision, "recall": split.recall, "f1": split.f1},
            "sales": self.sales.as_dict() if self.sales else None,
            "calendar": self.calendar.as_dict() if self.calendar else None,
        }


MEANINGS = {
    "better": "the treatment is better",
    "worse": "the treatment is worse",
    "undecided": "undecided",
    "mismatch": "the split is not as planned",
    "no_result": "there is no result",
}


def findings(card: BookstoreScorecard) -> list[Finding]:
    """Everything that is not as it should be."""
    shares, count = card.shares, max(len(card.experiments), 1)
    made: list[Finding | None] = []
    for score in card.experiments:
        for part, names in (("estimates", ESTIMATES), ("uncertainty", UNCERTAIN)):
            made.append(_figures(score, names, shares[part] / count, part))
        made.append(_conclusion(score, shares["conclusions"] / count))
    made.append(_split(card, shares["split"]))
    made.append(_rows(card.sales, shares.get("sales", 0), "daily sales", "days"))
    made.append(_rows(card.calendar, shares.get("calendar", 0), "features", "rows"))
    return sorted_findings(made)


def _figures(score: ExperimentScore, names: tuple[str, ...], share: float, part: str) -> Finding | None:
    right = score.share_right(names)
    if right == 1:
        return None
    wrong = [name for name in names if name in score.wrong]
    text = f"no {part}"
    if score.found is not None and wrong:
        first = f"{wrong[0]} is {_cell(score.found[wrong[0]])}, not {_cell(score.right[wrong[0]])}"
        text = f"{first}; also wrong: {', '.join(wrong[1:])}" if wrong[1:] else first
    return Finding(share * (1 - right), f"{score.experiment}.{part}", text)


def _cell(value: float | None) -> str:
    return "null" if value is None else f"{value:.6g}"


def _conclusion(score: ExperimentScore, share: float) -> Finding | None:
    if score.verdict == score.right_verdict:
        return None
    said = "not there" if score.verdict is None else MEANINGS.get(score.verdict, score.verdict)
    return Finding(share, f"{score.experiment}.conclusion", f"{said}; the data say: {MEANINGS[score.right_verdict]}")


def _split(card: BookstoreScorecard, share: float) -> Finding | None:
    split = card.split
    if split.f1 == 1:
        return None
    said = f"{split.hits} of {split.planted} spoilt splits found"
    return Finding(
        share * (1 - split.f1), "split", f"{said}, {split.false} where there is none" if split.false else said
    )


def _rows(rows: RowsScore | None, share: float, where: str, unit: str) -> Finding | None:
    if rows is None or not rows.wrong:
        return None
    text = f"{rows.wrong:,} {unit} wrong, of {rows.expected:,}; the first: {rows.first}"
    return Finding(share * (1 - rows.quality), where, text)
