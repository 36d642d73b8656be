"""The four streams, the tables of a warehouse that are graded, and how much of the answer key they cover."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sbdk.datasets.retail.grading.asked_tables import ASKED, AskedTable
from sbdk.datasets.retail.settings import ROLES
from sbdk.score.finding import Finding
from sbdk.score.session import GradedTables


@dataclass(frozen=True)
class GradedStream:
    """key: the column that names the entity. A record of a dimension is a version: its key and its time."""

    name: str
    key: str
    time: str | None = None

    @property
    def is_dimension(self) -> bool:
        return self.time is not None


CUSTOMERS = GradedStream("customers", "customer_id", "valid_from")
PRODUCTS = GradedStream("products", "product_id", "valid_from")
STORES = GradedStream("stores", "store_id", "valid_from")
SALES = GradedStream("sales", "transaction_id")
DIMENSIONS = (CUSTOMERS, PRODUCTS, STORES)
STREAMS = (*DIMENSIONS, SALES)
NO_TIME = "timestamp '1970-01-01'"
"""Stands for the time of a sale, which its key alone identifies."""


class RetailTables(GradedTables):
    """Roles whose name begins with bronze are not graded: what was received is known from the landing folder."""

    roles: ClassVar[Mapping[str, str]] = ROLES

    def is_graded(self, role: str) -> bool:
        return not role.startswith("bronze")

    def is_asked(self, role: str) -> bool:
        """Is the role graded: by its table, or as a fault because there is none?"""
        return self.has(role) or self.is_missing(role)

    def identity(self, role: str, stream: GradedStream) -> str:
        """SQL of the two columns `key` and `time` that identify the record of a row."""
        time = f"try_cast({self.require_column(role, stream.time)} as timestamp)" if stream.time else NO_TIME
        return f"try_cast({self.require_column(role, stream.key)} as bigint) as key, {time} as time"

    @property
    def rules(self) -> dict[str, str]:
        """Rule of a quarantine table → defect, as configured."""
        return self._settings.rules


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
