"""How much of the answer key a warehouse is graded by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sbdk.datasets.retail.grading.asked_tables import ASKED, AskedTable
from sbdk.datasets.retail.grading.roles import RetailTables
from sbdk.score.finding import Finding


@dataclass(frozen=True)
class Coverage:
    """share: 0..1 of the worth of all tables, each by its columns. uncovered: roles, and role.column, of the user's own
    tables that are not there. faults: by role, default tables and columns that are not there."""

    share: float
    uncovered: tuple[str, ...]
    faults: Mapping[str, list[Finding]]

    @property
    def percent(self) -> float:
        """0..100, cut to a tenth."""
        return 100.0 if not self.uncovered else min(99.9, math.floor(self.share * 1000 + 1e-6) / 10)


def coverage(graded: RetailTables) -> Coverage:
    """A table or column that is missing is a fault where the template's table is used, else it is not covered."""
    covered = 0.0
    uncovered: list[str] = []
    faults: dict[str, list[Finding]] = {}
    for asked in ASKED:
        role = asked.role
        table = graded.table_name(role)
        if not graded.has(role):
            if graded.is_missing(role):
                covered += asked.worth
                faults[role] = [Finding(asked.worth, table, "there is no such table")]
            else:
                uncovered.append(role)
            continue
        gone = _missing_columns(graded, asked)
        if graded.is_mapped(role):
            uncovered += [f"{role}.{name}" for name in gone]
            covered += asked.worth * (1 - len(gone) / len(_required(asked)))
        else:
            covered += asked.worth
            faults[role] = [_missing_column(graded, asked, name, len(gone)) for name in gone]
    return Coverage(covered / sum(asked.worth for asked in ASKED), tuple(uncovered), faults)


def _missing_column(graded: RetailTables, asked: AskedTable, name: str, count: int) -> Finding:
    points = min(asked.column_worth, asked.worth / count)
    return Finding(
        points, graded.table_name(asked.role), "there is no such column", graded.column_name(asked.role, name)
    )


def _required(asked: AskedTable) -> list[str]:
    return [column.name for column in asked.all_columns if not column.optional]


def _missing_columns(graded: RetailTables, asked: AskedTable) -> list[str]:
    """Required columns that the table has not. A record of a quarantine needs no position if its line is there."""
    gone = [name for name in _required(asked) if graded.column(asked.role, name) is None]
    known_by_line = graded.column(asked.role, "raw_record") is not None
    return [name for name in gone if not (name == "source_position" and known_by_line)]
