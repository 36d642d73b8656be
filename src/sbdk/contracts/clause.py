"""Clauses: what a contract asks of a row or of a table, each as SQL that finds what breaks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sbdk.contracts.document import Action
from sbdk.core.sql import literal, quoted

Kind = str
"""The key of the standard that the clause comes from: type, required, minLength, invalidValues, rowCount, …"""


@dataclass(frozen=True)
class RowClause:
    """A condition on the values of one row. `broken`: SQL over the row, true where it breaks the clause, else false or
    NULL. `path`: the value itself, such as `address.city`; `column`: the top-level column that holds it."""

    path: str
    kind: Kind
    broken: str
    reason: str
    action: Action
    label: str = ""
    column: str = ""

    @property
    def rule(self) -> str:
        """Its name in the quarantine and in reports: `amount.minimum`."""
        return self.label or f"{self.path}.{self.kind}"


@dataclass(frozen=True)
class KeyClause:
    """Columns whose values may not repeat: the second row and those after it break the clause."""

    columns: tuple[str, ...]
    kind: Kind
    action: Action
    label: str = ""

    @property
    def rule(self) -> str:
        return self.label or f"{'+'.join(self.columns)}.{self.kind}"

    @property
    def reason(self) -> str:
        return f"{', '.join(self.columns)}: another row has the same value"


@dataclass(frozen=True)
class ReferenceClause:
    """Columns whose values, where none of them is NULL, must be those of a row of another table."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    action: Action
    label: str = ""

    @property
    def rule(self) -> str:
        return self.label or f"{'+'.join(self.columns)}.relationship"

    @property
    def reason(self) -> str:
        return f"{', '.join(self.columns)}: no row of {self.parent} has this {', '.join(self.parent_columns)}"


@dataclass(frozen=True)
class TableClause:
    """A figure of the whole table and the values that it may have.

    `figure`: SQL of one value over `{table}`; `allowed`: SQL over `value`, true where the clause is kept; `expected`:
    the same for people. A figure in percent is between 0 and 100.
    """

    kind: Kind
    figure: str
    allowed: str
    expected: str
    action: Action
    label: str
    column: str = ""

    @property
    def rule(self) -> str:
        return self.label

    def query(self, table: str, now: datetime) -> str:
        """SQL of one row: the figure of `table`, a name in SQL, and whether it is allowed. `now`: naive UTC."""
        figure = self.figure.format(table=table, now=f"TIMESTAMP {literal(now.isoformat(sep=' '))}")
        return f"SELECT value, {self.allowed} FROM (SELECT ({figure}) AS value)"


def given(columns: Iterable[str]) -> str:
    """SQL: none of the columns is NULL."""
    return " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)


Clause = RowClause | KeyClause | ReferenceClause | TableClause
