"""The scorecard of the retail streams: what each table and each defect costs, and what is not graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sbdk.datasets.retail.grading.asked_tables import ASKED
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore
from sbdk.score.card import Scorecard, mean
from sbdk.score.finding import Finding, sorted_findings
from sbdk.synth.answer_key.classify import BUCKETS

PARTS = {
    "histories": ("customers", "products", "stores", "customers_current", "products_current", "stores_current"),
    "sales": ("sales", "returns", "late_sales", "held_sales"),
    "facts": ("facts",),
    "sums": ("daily_sales", "windows", "product_performance", "customer_lifetime_value"),
    "quarantine": ("quarantine_customers", "quarantine_products", "quarantine_stores", "quarantine_sales"),
}
"""Roles by part of the score; another part are the planted defects."""
DEFECTS = 10.0
"""Points of all kinds of planted defects."""
_WORTH = {asked.role: asked.worth for asked in ASKED}


@dataclass(frozen=True)
class RetailScorecard(Scorecard):
    """tables: by role, the findings of its table, for an answer key that is graded as a whole. covered: 0..100.

    leaked: rows in gold that should not be there, by the bucket that they belong in. false_quarantine: sound records in
    quarantine. unfit: received sales that are not for gold. quarantined: rows in quarantine. scd2, windows: rows that
    are wrong, of the histories and of the windows; windows is None when not graded. They show more and cost nothing.
    """

    weights: ClassVar[Mapping[str, int]] = {
        **{part: round(sum(_WORTH[role] for role in roles)) for part, roles in PARTS.items()},
        "defects": round(DEFECTS),
    }
    titles: ClassVar[Mapping[str, str]] = {
        "histories": "Histories and current tables",
        "sales": "Sales, returns, late and held sales",
        "facts": "Facts",
        "sums": "Tables that are summed from the facts",
        "quarantine": "Quarantine",
        "defects": "Planted defects",
    }
    law: ClassVar[str] = f"Each received record is in exactly one of: {' + '.join(BUCKETS)}."
    formula: ClassVar[str] = "Score = 100 less the points of all findings"

    tables: Mapping[str, list[Finding]]
    defects: list[DefectScore]
    leaked: dict[str, int]
    unfit: int
    false_quarantine: int
    quarantined: int
    scd2: list[TableScore]
    windows: TableScore | None
    conservation: list[Balance]
    covered: float = 100.0
    not_covered: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def leakage(self) -> int:
        return sum(self.leaked.values())

    @property
    def coverage(self) -> float:
        return self.covered

    @property
    def uncovered(self) -> list[str]:
        return list(self.not_covered)

    @property
    def by_kind(self) -> dict[str, list[float]]:
        """Defect → its quality in each table that has it."""
        kinds: dict[str, list[float]] = {}
        for score in self.defects:
            kinds.setdefault(score.defect, []).append(score.quality)
        return kinds

    @property
    def shares(self) -> dict[str, float]:
        """The most that each part can cost."""
        return {name: float(self.weights[name]) for name in self.parts}

    @property
    def parts(self) -> dict[str, float]:
        """Of what each part can cost, the share that it does not."""
        parts = {}
        for part, roles in PARTS.items():
            if any(role in self.tables for role in roles):
                lost = sum(finding.points for role in roles for finding in self.tables.get(role, ()))
                parts[part] = 1 - lost / sum(_WORTH[role] for role in roles if role in self.tables)
        if self.defects:
            parts["defects"] = mean([mean(group) for group in self.by_kind.values()])
        return parts

    def findings(self) -> list[Finding]:
        """The costliest first. What is graded costs the more, the less of the answer key that is."""
        kinds = self.by_kind
        all_findings = [
            *(finding for findings in self.tables.values() for finding in findings),
            *(_defect(score, DEFECTS / len(kinds) / len(kinds[score.defect])) for score in self.defects),
        ]
        factor = 100 / max(self.covered, 0.1)
        return sorted_findings([finding and finding.times(factor) for finding in all_findings])

    def as_dict(self) -> dict[str, Any]:
        """What is added to score, grade, coverage and findings."""
        return {
            "defects": [score.as_dict() for score in self.defects],
            "leakage": self.leakage,
            "false_quarantine": self.false_quarantine,
            "scd2": [score.as_dict() for score in self.scd2],
            "windows": self.windows.as_dict() if self.windows else None,
            "conservation": [score.as_dict() for score in self.conservation],
        }


def _defect(score: DefectScore, share: float) -> Finding | None:
    if score.quality == 1:
        return None
    faults = [f"{score.hits:,} of {score.planted:,} treated correctly"] if score.hits < score.planted else []
    if score.found > score.hits:
        faults.append(f"{score.found - score.hits:,} treated so without having it")
    if score.repairable is not None and score.repaired < score.repairable:
        faults.append(f"{score.repaired:,} of {score.repairable:,} repaired")
    return Finding(share * (1 - score.quality), score.table, f"{score.defect}: {'; '.join(faults)}")
