"""The scorecard of the retail streams: its parts, their weights, and the findings that cost points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, WindowScore, first_wrong_words
from sbdk.score.card import Scorecard, mean
from sbdk.score.finding import Finding, sorted_findings
from sbdk.synth.answer_key.classify import BUCKETS

WEIGHTS = {"defects": 40, "scd2": 20, "leakage": 10, "false_quarantine": 10, "windows": 10, "conservation": 10}
TITLES = {
    "defects": "Planted defects",
    "scd2": "Histories",
    "leakage": "No leakage into gold",
    "false_quarantine": "No sound record in quarantine",
    "windows": "Windows",
    "conservation": "Nothing is lost",
}


@dataclass(frozen=True)
class RetailScorecard(Scorecard):
    """leaked: rows in gold that should not be there, by the bucket that they belong in. false_quarantine: sound
    records in quarantine.

    unfit: received sales that are not for gold. quarantined: rows in quarantine. windows is None when not graded.
    """

    weights: ClassVar[Mapping[str, int]] = WEIGHTS
    titles: ClassVar[Mapping[str, str]] = TITLES
    law: ClassVar[str] = f"Each received record is in exactly one of: {' + '.join(BUCKETS)}."

    defects: list[DefectScore]
    leaked: dict[str, int]
    unfit: int
    false_quarantine: int
    quarantined: int
    scd2: list[TableScore]
    windows: WindowScore | None
    conservation: list[Balance]
    notes: list[str] = field(default_factory=list)

    @property
    def leakage(self) -> int:
        return sum(self.leaked.values())

    @property
    def by_kind(self) -> dict[str, list[float]]:
        """Defect → its quality in each table that has it."""
        kinds: dict[str, list[float]] = {}
        for score in self.defects:
            kinds.setdefault(score.defect, []).append(score.quality)
        return kinds

    @property
    def parts(self) -> dict[str, float]:
        """Each part of the score, 0..1."""
        scores = {
            "defects": mean([mean(group) for group in self.by_kind.values()]),
            "scd2": mean([score.quality for score in self.scd2]),
            "leakage": max(0.0, 1 - self.leakage / max(self.unfit, 1)),
            "false_quarantine": 1 - self.false_quarantine / max(self.quarantined, 1),
            "conservation": mean([score.quality for score in self.conservation]),
        }
        return scores if self.windows is None else {**scores, "windows": self.windows.quality}

    def findings(self) -> list[Finding]:
        return findings(self)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "defects": [score.as_dict() for score in self.defects],
            "leakage": self.leakage,
            "false_quarantine": self.false_quarantine,
            "scd2": [score.as_dict() for score in self.scd2],
            "windows": self.windows.as_dict() if self.windows else None,
            "conservation": [score.as_dict() for score in self.conservation],
        }


_LEAKED = {
    "late": "late sales",
    "held": "sales whose dimension record was missing",
    "quarantined": "records that belong in quarantine",
    "duplicate": "second deliveries",
    "once": "sales that are there more than once",
    "nowhere": "rows without a received record",
}


def findings(card: RetailScorecard) -> list[Finding]:
    """The faults that cost points, the costliest first."""
    share, kinds = card.shares, card.by_kind
    faults = [
        *(_defect(score, share["defects"] / len(kinds) / len(kinds[score.defect])) for score in card.defects),
        *(_history(score, share["scd2"] / len(card.scd2)) for score in card.scd2),
        *(_balance(score, share["conservation"] / len(card.conservation)) for score in card.conservation),
        _leak(card, share["leakage"]),
        _false_quarantine(card, share["false_quarantine"]),
    ]
    if card.windows:
        faults.append(_windows(card.windows, share["windows"]))
    return sorted_findings(faults)


def _defect(score: DefectScore, share: float) -> Finding | None:
    if score.quality == 1:
        return None
    faults = [f"{score.hits:,} of {score.planted:,} treated correctly"] if score.hits < score.planted else []
    if score.found > score.hits:
        faults.append(f"{score.found - score.hits:,} treated so without having it")
    if score.repairable is not None and score.repaired < score.repairable:
        faults.append(f"{score.repaired:,} of {score.repairable:,} repaired")
    return Finding(share * (1 - score.quality), f"{score.table}.{score.defect}", "; ".join(faults))


def _history(score: TableScore, share: float) -> Finding | None:
    if not score.wrong:
        return None
    text = f"{score.wrong:,} versions wrong, of {score.expected:,}; {first_wrong_words(score)}"
    return Finding(share * (1 - score.quality), score.table, text)


def _windows(score: TableScore, share: float) -> Finding | None:
    if not score.wrong:
        return None
    text = f"{score.wrong:,} windows wrong, of {score.expected:,}; {first_wrong_words(score)}"
    return Finding(share * (1 - score.quality), "windows", text)


def _balance(score: Balance, share: float) -> Finding | None:
    if score.quality == 1:
        return None
    off = [
        f"{name} {score.found[name]:,}, not {right:,}"
        for name, right in score.expected.items()
        if score.found[name] != right
    ]
    faults = [
        *off,
        *([f"{score.lost:,} lost"] if score.lost else []),
        *([f"{score.extra:,} too many"] if score.extra else []),
    ]
    return Finding(share * (1 - score.quality), f"conservation of {score.table}", ", ".join(faults))


def _leak(card: RetailScorecard, share: float) -> Finding | None:
    if not card.leakage:
        return None
    text = ", ".join(f"{rows:,} {_LEAKED[name]}" for name, rows in card.leaked.items())
    return Finding(share * (1 - card.parts["leakage"]), "leakage into gold", text)


def _false_quarantine(card: RetailScorecard, share: float) -> Finding | None:
    if not card.false_quarantine:
        return None
    text = f"{card.false_quarantine:,} of {card.quarantined:,} rows in quarantine do not belong there"
    return Finding(share * (1 - card.parts["false_quarantine"]), "false quarantine", text)
