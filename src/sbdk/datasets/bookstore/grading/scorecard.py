"""The scorecard of a bookstore: its parts, their weights, and the findings that cost points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.datasets.bookstore.grading.results import (
    ESTIMATES,
    UNCERTAIN,
    ExperimentScore,
    RowsScore,
    SplitScore,
    split_score,
)
from sbdk.score.card import Scorecard, mean
from sbdk.score.finding import Finding, sorted_findings


@dataclass(frozen=True)
class BookstoreScorecard(Scorecard):
    """sales and calendar are None if not graded."""

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
        "An analysis is graded on what the raw data show, not on luck: one interval in twenty misses the truth."
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
        scores = {
            "estimates": mean([score.share_right(ESTIMATES) for score in self.experiments]),
            "uncertainty": mean([score.share_right(UNCERTAIN) for score in self.experiments]),
            "conclusions": mean([float(score.verdict == score.right_verdict) for score in self.experiments]),
            "split": self.split.f1,
        }
        rest = {"sales": self.sales, "calendar": self.calendar}
        return {**scores, **{name: part.quality for name, part in rest.items() if part is not None}}

    @property
    def interval_coverage(self) -> tuple[int, int]:
        """(published intervals that hold the true lift, all of them)."""
        known = [score.covers for score in self.experiments if score.covers is not None]
        return sum(known), len(known)

    def findings(self) -> list[Finding]:
        return findings(self)

    def as_dict(self) -> dict[str, Any]:
        held, known = self.interval_coverage
        split = self.split
        return {
            "parts": {name: round(value, 6) for name, value in self.parts.items()},
            "experiments": [score.as_dict() for score in self.experiments],
            "interval_coverage": {"intervals": known, "hold_the_truth": held},
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
    """The faults that cost points, the costliest first."""
    shares, count = card.shares, max(len(card.experiments), 1)
    faults: list[Finding | None] = []
    for score in card.experiments:
        for part, names in (("estimates", ESTIMATES), ("uncertainty", UNCERTAIN)):
            faults.append(_figures(score, names, shares[part] / count, part))
        faults.append(_conclusion(score, shares["conclusions"] / count))
    faults.append(_split(card, shares["split"]))
    faults.append(_rows(card.sales, shares.get("sales", 0), "daily sales", "days"))
    faults.append(_rows(card.calendar, shares.get("calendar", 0), "features", "rows"))
    return sorted_findings(faults)


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
    published = "missing" if score.verdict is None else MEANINGS.get(score.verdict, score.verdict)
    return Finding(
        share, f"{score.experiment}.conclusion", f"{published}; the data show: {MEANINGS[score.right_verdict]}"
    )


def _split(card: BookstoreScorecard, share: float) -> Finding | None:
    split = card.split
    if split.f1 == 1:
        return None
    text = f"{split.hits} of {split.planted} spoilt splits found"
    return Finding(share * (1 - split.f1), "split", f"{text}, {split.false} false" if split.false else text)


def _rows(rows: RowsScore | None, share: float, where: str, unit: str) -> Finding | None:
    if rows is None or not rows.wrong:
        return None
    text = f"{rows.wrong:,} {unit} wrong, of {rows.expected:,}; the first: {rows.first}"
    return Finding(share * (1 - rows.quality), where, text)
