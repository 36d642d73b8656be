"""An exported contract, and what exporters ask of a property."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.row_clauses import per_row
from sbdk.contracts.table_clauses import reference_clauses, table_clauses

DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE)
"""A physical type with its digits and, if it has one, its scale."""


@dataclass(frozen=True)
class Export:
    """The text, and the rules of the contract that this form cannot hold."""

    text: str
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reference:
    """Columns that refer to columns of another table."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


def properties(table: TableContract) -> list[Any]:
    return list(table.schema.properties or [])


def is_required(column: Any) -> bool:
    """Whether the value may not be NULL."""
    return bool(column.required or column.primaryKey) or any(
        each.metric == "nullValues" and per_row(each) for each in column.quality or []
    )


def is_unique(table: TableContract, column: Any) -> bool:
    """Whether no value may be there twice."""
    counted = any(each.metric == "duplicateValues" and per_row_zero(each) for each in column.quality or [])
    return bool(column.unique) or table.key == (column_name(column),) or counted


def per_row_zero(quality: Any) -> bool:
    return bool(quality.mustBe == 0 or quality.mustBeLessThan == 1 or quality.mustBeLessOrEqualTo == 0)


def options(column: Any) -> dict[str, Any]:
    return dict(column.logicalTypeOptions or {})


def allowed_values(column: Any) -> list[Any] | None:
    """The values of an enumeration; None for any value."""
    if column.enum:
        return [each.value for each in column.enum]
    for each in column.quality or []:
        if each.metric == "invalidValues" and per_row(each) and "validValues" in (each.arguments or {}):
            return [value for value in each.arguments["validValues"] if value is not None]
    return None


def patterns(column: Any) -> list[str]:
    """The regular expressions that a value has to match somewhere."""
    rules = [
        each.arguments["pattern"]
        for each in column.quality or []
        if each.metric == "invalidValues" and per_row(each) and "pattern" in (each.arguments or {})
    ]
    return [*([options(column)["pattern"]] if "pattern" in options(column) else []), *rules]


def references(table: TableContract) -> list[Reference]:
    """The relationships of the table and its columns."""
    return [Reference(each.columns, each.parent, each.parent_columns) for each in reference_clauses(table)]


def figures(contract: Contract) -> Iterator[str]:
    """The names of the rules on whole tables, for forms that describe single rows."""
    for table in contract.tables:
        for each in table_clauses(table):
            yield f"{table.table}.{each.rule}"


def parents_first(contract: Contract) -> list[TableContract]:
    """The tables, those that others refer to before them as far as that goes."""
    left, done = list(contract.tables), []
    while left:
        names = {each.table for each in left}
        free = [each for each in left if not ({r.parent for r in references(each)} - {each.table}) & names]
        chosen = free[0] if free else left[0]
        done.append(chosen)
        left.remove(chosen)
    return done


def class_name(name: str) -> str:
    """A name of a class or record: letters and digits, each word with a capital."""
    words = "".join(char if char.isalnum() and char.isascii() else " " for char in name).split()
    made = "".join(word[:1].upper() + word[1:] for word in words)
    return made if made and not made[0].isdigit() else f"Table{made}"
