"""Relations between tables: foreign keys, their parents' columns, rows per parent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from sbdk.datasets.declared.api import Generator, Link, Relation, Rows, generator
from sbdk.datasets.declared.arrays import looked_up, only_where
from sbdk.synth.cells import U64
from sbdk.synth.columns import check_weights, integers
from sbdk.synth.relations import MOST_ROUNDS, rounds_needed, uniform_parents, weighted_parents

if TYPE_CHECKING:
    from sbdk.datasets.declared.api import TableContext

_SAMPLE = 4096


@dataclass(frozen=True)
class Draw:
    """A foreign key in its place. `top` is the greatest weight, `rounds` how many candidates are drawn."""

    parent: TableContext
    time: str | None
    top: float = 1.0
    rounds: int = 0


@generator("foreign_key")
class ForeignKey(Relation):
    """A row of another table, drawn evenly, or in proportion to `weight`, a numeric column of the parent's.

    With `weights` the weight column may be a category: {gold: 3, silver: 1}. If both tables have times, only parents
    that are there by then are drawn, unless `present` is false. A table may refer to itself: then to earlier rows.
    """

    parent: str
    weight: str | None = None
    weights: dict[str, float] | None = Field(None, min_length=1)
    present: bool = True

    def tables(self) -> tuple[str, ...]:
        return (self.parent,)

    def target(self, table: TableContext) -> str:
        return self.parent

    def prepare(self, table: TableContext, column: str) -> Draw:
        self.check_key(table, column)
        parent = table.parent(self.parent)
        time = table.time if self.present and parent.time and parent is not table else None
        if parent is not table and table.spec.rows and not parent.rows_at_anchor:
            raise table.error(column, f"{self.parent} has no rows to refer to")
        if self.weight is None:
            if self.weights:
                raise table.error(column, "`weights` without `weight`, the parent's column that they belong to")
            return Draw(parent, time)
        return self._weighted(table, column, parent, time)

    def _weighted(self, table: TableContext, column: str, parent: TableContext, time: str | None) -> Draw:
        if parent is table:
            raise table.error(column, "weight: rows that refer to their own table are drawn evenly")
        if self.weight not in parent.spec.columns:
            raise table.error(column, f"weight: {self.parent} has no column {self.weight!r} to weigh by")
        if self.weights:
            check_weights(
                list(self.weights.values()), len(self.weights), f"tables.{table.name}.{column}.weights", file=table.file
            )
        top = max(self.weights.values()) if self.weights else parent.generators[self.weight].upper()
        if top is None or top <= 0:
            hint = "weigh by a float, integer, decimal or bool column, or give `weights` by value"
            raise table.error(column, f"weight: the greatest value of {self.weight!r} is unknown", hint)
        sample = np.arange(min(_SAMPLE, parent.rows_at_anchor), dtype=np.uint64)
        rounds = rounds_needed(self._shares(parent, top, sample))
        if rounds > MOST_ROUNDS:
            raise table.error(column, f"weight: almost no row of {self.parent} has a weight above zero")
        return Draw(parent, time, top, rounds)

    def _shares(self, parent: TableContext, top: float, candidates: U64) -> NDArray[np.float64]:
        assert self.weight
        values = parent.chunk(candidates).column(self.weight)
        if self.weights:
            order = list(self.weights)
            codes = looked_up(values, lambda value: order.index(value) if value in order else len(order), len(order))
            return np.array([*self.weights.values(), 0.0]).take(codes) / top
        numbers = pc.fill_null(values.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
        shares: NDArray[np.float64] = np.maximum(numbers / top, 0.0)
        return shares

    def _present(self, rows: Rows, draw: Draw) -> int | NDArray[np.int64]:
        if draw.parent is rows.chunk.table:
            return rows.numbers.view(np.int64)
        if draw.time is None:
            return draw.parent.rows_at_anchor
        return draw.parent.surely_before(rows.column(draw.time).view(pa.int64()).to_numpy())

    def link(self, rows: Rows) -> Link:
        draw: Draw = rows.prepared
        present = self._present(rows, draw)
        has_parent = None if isinstance(present, int) or present.all() else present > 0
        if not draw.rounds:
            return Link(uniform_parents(rows.key(), rows.numbers, present), has_parent)
        keys = [rows.key(f"{use}{r}") for r in range(draw.rounds) for use in ("candidate", "accept")]
        weigh = partial(self._shares, draw.parent, draw.top)
        return Link(weighted_parents(keys, rows.numbers, present, weigh), has_parent)


@generator("owner")
class Owner(Relation):
    """In a table that is `per` another: the key of the row that this one belongs to."""

    def target(self, table: TableContext) -> str:
        assert table.spec.per
        return table.spec.per.parent

    def prepare(self, table: TableContext, column: str) -> None:
        if not table.spec.per:
            raise table.error(column, "`owner` is for tables with `per`, not with `rows`")
        self.check_key(table, column)

    def link(self, rows: Rows) -> Link:
        groups = rows.chunk.table.groups
        assert groups
        return Link(groups.locate(rows.numbers)[0])


@generator("position")
class Position(Generator):
    """In a table that is `per` another: 1, 2, … among the rows with the same owner."""

    def prepare(self, table: TableContext, column: str) -> None:
        if not table.spec.per:
            raise table.error(column, "`position` is for tables with `per`, not with `rows`")

    def make(self, rows: Rows) -> pa.Array:
        groups = rows.chunk.table.groups
        assert groups
        return integers((groups.locate(rows.numbers)[1] + 1).astype(np.int32))


@generator("parent")
class Parent(Generator):
    """Another column of the row that a foreign key of this table refers to."""

    of: str
    column: str

    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def prepare(self, table: TableContext, column: str) -> None:
        parent = table.parent(table.relation(self.of).target(table))
        if parent is table:
            raise table.error(column, "`parent` cannot read through a foreign key to its own table")
        if self.column not in parent.spec.columns:
            known = ", ".join(parent.spec.columns)
            raise table.error(column, f"column: {parent.name} has no column {self.column!r}", f"known: {known}")

    def copies(self, table: TableContext) -> tuple[str, str] | None:
        relation = table.generators.get(self.of)
        return (relation.target(table), self.column) if isinstance(relation, Owner) else None

    def make(self, rows: Rows) -> Any:
        values = rows.chunk.parents(self.of)[0].column(self.column)
        keys = rows.column(self.of)
        return only_where(values, keys.is_valid()) if keys.null_count else values
