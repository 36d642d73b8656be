"""When a published cell counts as right: by the kind of its column, and the room that a figure has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.types as pt

Kind = Literal["text", "flag", "time", "count", "money", "figure"]

ROOM = {"count": "1e-6", "money": "0.0049"}
"""How far whole numbers and amounts of money may be off: floats in the place of integers and decimals are right."""
FIGURE = 1e-6
"""Relative difference that quotients and roots may have."""


@dataclass(frozen=True)
class CellRule:
    """How the cells of a column are compared. room: SQL of the greatest difference from the right value; it may name
    right cells of the same row. None: what the kind has."""

    column: str
    kind: Kind
    room: str | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "money", "figure")

    def read(self, cell: str) -> str:
        """SQL of a cell as a value of the kind; null if it cannot be one.

        Dates are compared as timestamps, and whole numbers as floats, so that a part of a day or of a piece is seen.
        """
        if self.is_number:
            return f"try_cast({cell} as double)"
        if self.kind == "flag":
            return f"try_cast(cast({cell} as varchar) as boolean)"
        return f"try_cast({cell} as {'timestamp' if self.kind == 'time' else 'varchar'})"

    def allowed(self, right: str) -> str:
        """SQL of the room around the value `right`, a number."""
        return self.room or ROOM.get(self.kind) or f"(abs({right}) * {FIGURE} + 1e-9)"

    def same(self, right: str, found: str) -> str:
        """SQL: are the two values, read, the same? Null is right only where null is; NaN never is."""
        if not self.is_number:
            return f"({right} is not distinct from {found})"
        near = f"coalesce(abs({right} - {found}) <= {self.allowed(right)}, false)"
        return f"({right} is null and {found} is null or {near})"


def rule_of(field: pa.Field, room: str | None = None) -> CellRule:
    """The rule of a column of a right table, by its type."""
    return CellRule(field.name, _kind(field.type), room)


def _kind(type_: pa.DataType) -> Kind:
    if pt.is_boolean(type_):
        return "flag"
    if pt.is_temporal(type_):
        return "time"
    if pt.is_integer(type_):
        return "count"
    if pt.is_decimal(type_):
        return "money"
    return "figure" if pt.is_floating(type_) else "text"
