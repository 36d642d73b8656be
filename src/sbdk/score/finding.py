"""A fault that a grader found: where, how many rows, one example, the likely cause, and what it costs.

Harm is how much of a table's worth a fault takes: functions of shares, 0..1, that every grader uses. They rise with the
share and are steep at first, so that one wrong cell of many costs something that is seen, and a fault in every tenth
row costs most of what one in every row costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Example:
    """One wrong cell or row. key: column → text of the cells that identify it. right, found: texts of the cell; None
    is null. Of a row that is missing, surplus or there twice both are None, and the cause says which."""

    key: Mapping[str, str | None] = field(default_factory=dict)
    right: str | None = None
    found: str | None = None

    @property
    def place(self) -> str:
        """The key in words: `store_id 3, day 2026-01-01`."""
        return ", ".join(f"{name} {shown(cell)}" for name, cell in self.key.items())

    def as_dict(self) -> dict[str, Any]:
        return {"key": dict(self.key), "right": self.right, "found": self.found}


@dataclass(frozen=True)
class Finding:
    """points: cost of this finding, of 100. table: the role, experiment or other thing that is wrong. cause: in words.
    column: None if whole rows are wrong. rows: wrong rows; 0 where the cause says all of it."""

    points: float
    table: str
    cause: str
    column: str | None = None
    rows: int = 0
    example: Example | None = None

    @property
    def where(self) -> str:
        """`facts.tax_amount`, `facts`, `EXP_003.conclusion`, …"""
        return f"{self.table}.{self.column}" if self.column else self.table

    @property
    def text(self) -> str:
        """Rows, example and cause as one sentence."""
        if not self.rows:
            return self.cause
        wrong = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        if self.column:
            wrong += " wrong"
        parts = [f"{wrong}: {self.cause}" if self.cause else wrong]
        if self.example and self.example.key:
            parts.append(f"the first: {self.example.place}")
        if self.example and self.column:
            parts.append(f"is {shown(self.example.found)}, not {shown(self.example.right)}")
        return ", ".join(parts)

    def times(self, factor: float) -> Finding:
        """The same finding at another cost."""
        return replace(self, points=self.points * factor)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: table, column, rows, example, cause, points."""
        return {
            "table": self.table,
            "column": self.column,
            "rows": self.rows,
            "example": self.example.as_dict() if self.example else None,
            "cause": self.cause,
            "points": round(self.points, 4),
        }


def sorted_findings(findings: Sequence[Finding | None]) -> list[Finding]:
    """The findings that are not None, the costliest first."""
    return sorted((finding for finding in findings if finding), key=lambda finding: -finding.points)


def shown(cell: str | None) -> str:
    """The text of a cell for a reader: null for None."""
    return "null" if cell is None else cell


def cell_harm(wrong: float, rows: float) -> float:
    """The harm of a column of which `wrong` of `rows` cells are wrong: 0.64 for a tenth, 1 for all."""
    share = min(1.0, wrong / rows) if rows else float(bool(wrong))
    return 0.6 * min(1.0, math.sqrt(10 * share)) + 0.4 * share


def row_harm(missing: float, surplus: float, rows: float) -> float:
    """The harm of rows that are missing, or too many, of `rows`: 0.75 for a half, 0.95 for nine tenths, 1 for all."""
    share = min(1.0, (missing + surplus) / rows) if rows else float(bool(missing + surplus))
    return 0.5 * min(1.0, math.sqrt(5 * share)) + 0.5 * share
