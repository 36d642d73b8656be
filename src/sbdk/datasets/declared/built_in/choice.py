"""One of a list of values, by weight; the weights may depend on another column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pydantic import Field

from sbdk.core.errors import ConfigError
from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.arrays import looked_up, word
from sbdk.synth.cells import lane
from sbdk.synth.columns import Choice, check_weights, dictionary, multiplied

if TYPE_CHECKING:
    from sbdk.datasets.declared.api import TableContext

Value = str | bool | int | float


@dataclass(frozen=True)
class Drawn:
    """Values, their look-up tables, and which of these belongs to which value of the other column (0: to the rest)."""

    values: pa.Array
    choice: Choice
    conditions: dict[str, int]


@generator("choice")
class ChoiceOf(Generator):
    """One of `values`: a list, with `weights` or all as likely; or a mapping from value to weight.

    With `by`, another column: `when` gives other weights for some of its values, {gold: {web: 2, shop: 1}}, and `times`
    multiplies the weights, {gold: {web: 1.5}}. Weights are relative; shares are exact to 1/65,536.
    """

    values: tuple[Value, ...] | dict[str, float] = Field(min_length=1)
    weights: tuple[float, ...] | None = None
    by: str | None = None
    when: dict[str, dict[str, float]] = Field(default_factory=dict)
    times: dict[str, dict[str, float]] = Field(default_factory=dict)

    def reads(self) -> tuple[str, ...]:
        return (self.by,) if self.by else ()

    def upper(self) -> float | None:
        values = list(self.values)
        return float(max(map(float, values))) if all(isinstance(v, int | float) for v in values) else None

    def prepare(self, table: TableContext, column: str) -> Drawn:
        where = f"tables.{table.name}.columns.{column}"
        if not self.by and (self.when or self.times):
            raise table.error(column, "`when` and `times` need `by`, the column they go by")
        if isinstance(self.values, dict) and self.weights:
            raise table.error(column, "`values` has the weights already: leave `weights` out")
        words = [word(value) for value in self.values]
        if len(set(words)) < len(words):
            raise table.error(column, "a value is listed twice")
        base = list(self.values.values()) if isinstance(self.values, dict) else self.weights or (1.0,) * len(words)
        rows = [check_weights(base, len(words), f"{where}.weights", file=table.file)]
        conditions: dict[str, int] = {}
        for condition in {**self.when, **self.times}:
            conditions[condition] = len(rows)
            rows.append(self._weights(table, f"{where} where {self.by} is {condition}", words, rows[0], condition))
        return Drawn(pa.array(list(self.values)), Choice.given(words, rows), conditions)

    def _weights(
        self, table: TableContext, where: str, words: Sequence[str], base: Sequence[float], condition: str
    ) -> tuple[float, ...]:
        for given in (self.when.get(condition, {}), self.times.get(condition, {})):
            if unknown := [name for name in given if name not in words]:
                hint = f"known: {', '.join(words)}"
                raise ConfigError(f"{where}: {unknown[0]!r} is none of the values", file=table.file, hint=hint)
            if given:
                check_weights(list(given.values()), len(given), where, file=table.file)
        if condition in self.when:
            base = [self.when[condition].get(name, 0.0) for name in words]
        return check_weights(multiplied(base, words, self.times.get(condition, {})), len(words), where, file=table.file)

    def make(self, rows: Rows) -> pa.Array:
        drawn: Drawn = rows.prepared
        known = drawn.conditions
        condition = looked_up(rows.column(self.by), lambda value: known.get(value, 0), 0) if self.by else None
        codes = drawn.choice.codes(lane(rows.bits(), 0), condition)
        if pa.types.is_string(drawn.values.type):
            return dictionary(codes, drawn.values)
        return drawn.values.take(pa.array(codes))
