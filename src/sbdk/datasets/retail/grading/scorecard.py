"""What grading found, and the one figure that it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.score.card import Card, Finding, Listing, mean
from sbdk.datasets.retail.grading.findings import findings
from sbdk.datasets.retail.grading.listings import listings
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, WindowScore
from sbdk.datasets.retail.grading.present import sections
from sbdk.datasets.retail.grading.streams import BUCKETS

WEIGHTS = {"defects": 40, "scd2": 20, "leakage": 10, "false_quarantine": 10, "windows": 10, "conservation": 10}
TITLES = {
    "defects": "Planted defects",
    "scd2": "Histories",
    "leakage": "Nothing leaks into gold",
    "false_quarantine": "Nobody is accused wrongly",
    "windows": "Windows",
    "conservation": "Nothing is lost",
}


@dataclass(frozen=True)
class Scorecard(Card):
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
        for one in self.defects:
            kinds.setdefault(one.defect, []).append(one.quality)
        return kinds

    @property
    def parts(self) -> dict[str, float]:
        """Each part of the score, 0..1."""
        made = {
            "defects": mean([mean(group) for group in self.by_kind.values()]),
            "scd2": mean([one.quality for one in self.scd2]),
            "leakage": max(0.0, 1 - self.leakage / max(self.unfit, 1)),
            "false_quarantine": 1 - self.false_quarantine / max(self.quarantined, 1),
            "conservation": mean([one.quality for one in self.conservation]),
        }
        return made if self.windows is None else {**made, "windows": self.windows.quality}

    def findings(self) -> list[Finding]:
        return findings(self)

    def listings(self) -> list[Listing]:
        return listings(self)

    def sections(self) -> list[tuple[str, str]]:
        return sections(self)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "score": self.score,
            "grade": self.grade,
            "defects": [one.as_dict() for one in self.defects],
            "leakage": self.leakage,
            "false_quarantine": self.false_quarantine,
            "scd2": [one.as_dict() for one in self.scd2],
            "windows": self.windows.as_dict() if self.windows else None,
            "conservation": [one.as_dict() for one in self.conservation],
        }
