"""Columns worked out from others of the same row."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.arrays import decoded
from sbdk.datasets.declared.expressions import Expression


@generator("expression")
class Derived(Generator):
    """Arithmetic and a few functions over columns: "quantity * price", "hour(created_at) >= 18"."""

    expression: str = Field(min_length=1, max_length=1_000)

    @field_validator("expression")
    @classmethod
    def _is_one(cls, text: str) -> str:
        Expression(text)
        return text

    def reads(self) -> tuple[str, ...]:
        return Expression(self.expression).columns

    def prepare(self, table: Any, column: str) -> Expression:
        return Expression(self.expression)

    def make(self, rows: Rows) -> Any:
        return rows.prepared.of(lambda name: decoded(rows.column(name)), len(rows))
