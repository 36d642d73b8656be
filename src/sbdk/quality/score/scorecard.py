"""What grading found, and the one figure that it comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from sbdk.quality.score.streams import BUCKETS

WEIGHTS = {"defects": 40, "scd2": 20, "leakage": 10, "false_quarantine": 10, "windows": 10, "conservation": 10}
"""Shares of the score; parts that are not graded leave theirs to the others."""
LETTERS = (("A+", 100), ("A", 98), ("B", 90), ("C", 75), ("D", 50), ("F", 0))
"""The least score of each letter."""
WORTHLESS = 0.1
"""The share of wrong rows from which on a history or a set of windows counts for nothing."""


@dataclass(frozen=True)
class DefectScore:
    """One defect of one table. planted: records that have it. hits: those of them that were treated as they should be.

    found: hits, and records that were treated so without having it. mended of mendable: of the hits that have a right
    value, those that have it.
    """

    table: str
    defect: str
    planted: int
    hits: int
    found: int
    mended: int = 0
    mendable: int | None = None

    @property
    def precision(self) -> float:
        """Of what was found, the share that has the defect; 0 if nothing was found though there was something."""
        return self.hits / self.found if self.found else float(not self.planted)

    @property
    def recall(self) -> float:
        return self.hits / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def repair_accuracy(self) -> float | None:
        """None where nothing that was found is to be repaired."""
        return self.mended / self.mendable if self.mendable else None

    @property
    def quality(self) -> float:
        """F1, times repair accuracy where there is one."""
        return self.f1 * (1.0 if self.repair_accuracy is None else self.repair_accuracy)

    def as_dict(self) -> dict[str, Any]:
        figures = {name: getattr(self, name) for name in ("precision", "recall", "f1", "repair_accuracy")}
        return {
            "table": self.table,
            "defect": self.defect,
            "planted": self.planted,
            "found": self.found,
            **{name: None if value is None else round(value, 6) for name, value in figures.items()},
        }


@dataclass(frozen=True)
class TableScore:
    """A dimension against its exact history. wrong: versions that differ, are missing, or should not be.

    first_wrong: {key, sequence, expected, found}: the earliest of them; expected and found hold the columns that
    differ, None where there is no such version.
    """

    table: str
    expected: int
    wrong: int
    first_wrong: dict[str, Any] | None = None

    @property
    def right(self) -> float:
        """The share of rows that are right."""
        return max(0.0, 1 - self.wrong / max(self.expected, 1))

    @property
    def quality(self) -> float:
        """1 if all rows are right, 0 if a tenth or more is wrong."""
        return max(0.0, 1 - self.wrong / max(self.expected, 1) / WORTHLESS)

    def as_dict(self) -> dict[str, Any]:
        return {"table": self.table, "wrong": self.wrong, "first_wrong": self.first_wrong}


@dataclass(frozen=True)
class WindowScore(TableScore):
    """The windows per store; key is the store, sequence the start of the window."""

    def as_dict(self) -> dict[str, Any]:
        return {"wrong": self.wrong, "expected": self.expected, "first_wrong": self.first_wrong}


@dataclass(frozen=True)
class Balance:
    """Where the received records of one stream ended, and where they should have. lost: they are nowhere.

    extra: rows too many. The law holds when every record is in exactly one bucket.
    """

    table: str
    received: int
    found: dict[str, int]
    expected: dict[str, int]
    lost: int
    extra: int

    @property
    def holds(self) -> bool:
        return not self.lost and not self.extra

    @property
    def quality(self) -> float:
        """1 less the difference in all buckets, by the records that are not simply to be loaded."""
        off = sum(abs(self.found[name] - self.expected[name]) for name in BUCKETS) + self.lost + self.extra
        special = sum(count for name, count in self.expected.items() if name != "loaded")
        return max(0.0, 1 - off / max(special, 1))

    def as_dict(self) -> dict[str, Any]:
        counts = {"received": self.received, **self.found, "lost": self.lost, "extra": self.extra}
        return {"table": self.table, **counts, "expected": self.expected, "holds": self.holds}


@dataclass(frozen=True)
class Scorecard:
    """leaked: rows in gold that should not be there, by the bucket that they belong in. false_quarantine: sound
    records in quarantine.

    unfit: received sales that are not for gold. quarantined: rows in quarantine. windows is None when not graded.
    """

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
            "defects": _mean([_mean(group) for group in self.by_kind.values()]),
            "scd2": _mean([one.quality for one in self.scd2]),
            "leakage": max(0.0, 1 - self.leakage / max(self.unfit, 1)),
            "false_quarantine": 1 - self.false_quarantine / max(self.quarantined, 1),
            "conservation": _mean([one.quality for one in self.conservation]),
        }
        return made if self.windows is None else {**made, "windows": self.windows.quality}

    @property
    def score(self) -> float:
        """0..100, cut to a tenth: 100 is without any fault."""
        parts = self.parts
        total = sum(WEIGHTS[name] for name in parts)
        exact = 100 * math.fsum(WEIGHTS[name] * value for name, value in parts.items()) / total
        return 100.0 if all(value == 1 for value in parts.values()) else min(math.floor(exact * 10) / 10, 99.9)

    @property
    def grade(self) -> str:
        return next(letter for letter, least in LETTERS if self.score >= least)

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


def _mean(values: list[float]) -> float:
    if all(value == 1 for value in values):
        return 1.0
    return math.fsum(values) / len(values)
