"""The results of grading the retail streams: defects, histories, windows, balances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DefectScore:
    """One defect of one table. planted: records that have it. hits: those of them that were treated correctly.

    found: hits, and records that were treated so without having the defect. repairable: hits for which there is a right
    value; repaired: those of them that have it.
    """

    table: str
    defect: str
    planted: int
    hits: int
    found: int
    repaired: int = 0
    repairable: int | None = None

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
        """The share of repairable hits that are repaired; None if none is repairable."""
        return self.repaired / self.repairable if self.repairable else None

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
    """A table compared with the right one. wrong: rows that differ, are missing, or are surplus.

    first_wrong: {key, sequence, expected, found}: the earliest of them; expected and found hold the columns that
    differ, None if there is no such row.
    """

    table: str
    expected: int
    wrong: int
    first_wrong: dict[str, Any] | None = None

    @property
    def right(self) -> float:
        """The share of rows that are right."""
        return max(0.0, 1 - self.wrong / max(self.expected, 1))

    def as_dict(self) -> dict[str, Any]:
        return {"table": self.table, "wrong": self.wrong, "expected": self.expected, "first_wrong": self.first_wrong}


@dataclass(frozen=True)
class Balance:
    """The received records of one stream by bucket, found and expected. lost: records that are in no bucket.

    extra: surplus rows. The law holds when every record is in exactly one bucket.
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

    def as_dict(self) -> dict[str, Any]:
        counts = {"received": self.received, **self.found, "lost": self.lost, "extra": self.extra}
        return {"table": self.table, **counts, "expected": self.expected, "holds": self.holds}


def first_wrong_words(score: TableScore) -> str:
    """The first wrong row in words."""
    wrong = score.first_wrong or {}
    place = f"the first: {wrong.get('key')}" + (f" at {wrong['sequence']}" if wrong.get("sequence") else "")
    if wrong.get("found") is None:
        return f"{place} is missing"
    if wrong.get("expected") is None:
        return f"{place} should not be there"
    pairs = ((name, wrong["expected"][name], wrong["found"][name]) for name in wrong["expected"])
    return f"{place}: " + ", ".join(f"{name} is {_cell(found)}, not {_cell(right)}" for name, right, found in pairs)


def _cell(value: str | None) -> str:
    return "null" if value is None else value
