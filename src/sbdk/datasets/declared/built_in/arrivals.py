"""The time of a table's rows, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.built_in.keys import ForeignKey
from sbdk.synth.cells import cell_key
from sbdk.synth.columns import check_weights, timestamps
from sbdk.synth.timeline import Timeline

if TYPE_CHECKING:
    from sbdk.datasets.declared.api import TableContext

_FINEST = 65_535


@generator("arrivals")
class Arrivals(Generator):
    """When each row came about: times that ascend, exactly `rows` of them before the anchor, going on at the same rate.

    `weekdays` are seven weights from Monday, `hours` 24 from midnight (UTC). `grows_with` names a table of whose rows
    there are more and more: arrivals are in proportion to those there. While there is no row to which a foreign key
    could refer, nothing arrives.
    """

    ascends: ClassVar[bool] = True
    weekdays: tuple[float, ...] = Field((1.0,) * 7, description="Seven weights, Monday first.")
    hours: tuple[float, ...] = Field((1.0,) * 24, description="24 weights, midnight first.")
    grows_with: str | None = Field(None, description="A table with times.")

    def tables(self) -> tuple[str, ...]:
        return (self.grows_with,) if self.grows_with else ()

    def prepare(self, table: TableContext, column: str) -> None:
        if table.spec.per:
            raise table.error(column, "a table with `per` has its parent's times", "generator: parent")
        if table.timeline:
            raise table.error(column, "a table has one column of arrivals")
        weekdays, hours = (self._checked(table, column, name, n) for name, n in (("weekdays", 7), ("hours", 24)))
        start, anchor = table.settings.start, table.settings.anchor
        if (anchor - start) % timedelta(hours=1):
            raise table.error(column, "the range from start to anchor must be whole hours")
        key = cell_key(table.seed, table.name, column)
        timeline = Timeline(
            start, anchor, table.spec.rows or 0, _rhythm(weekdays, hours), key, self._present(table, column)
        )
        if timeline.rows and not timeline.total:
            raise table.error(column, "no row can ever arrive: no weight above zero, or no row to refer to")
        table.timeline = timeline

    def _checked(self, table: TableContext, column: str, key: str, number: int) -> tuple[float, ...]:
        where = f"tables.{table.name}.columns.{column}.{key}"
        return check_weights(getattr(self, key), number, where, file=table.file)

    def _present(self, table: TableContext, column: str) -> Present | None:
        gates = [
            table.parent(relation.parent)
            for relation in table.relations.values()
            if isinstance(relation, ForeignKey) and relation.present and relation.parent != table.name
        ]
        grows_with = table.parent(self.grows_with) if self.grows_with else None
        if grows_with and (grows_with is table or not grows_with.time):
            raise table.error(column, f"grows_with: {self.grows_with} has no times")
        gates = [gate for gate in gates if gate.time]
        return Present(grows_with, gates) if grows_with or gates else None

    def make(self, rows: Rows) -> pa.Array:
        timeline = rows.chunk.table.timeline
        assert timeline
        return timestamps(timeline.times(rows.numbers))


class Present:
    """How much arrives at each time: with the rows of one table, and nothing while one of the others has none."""

    def __init__(self, grows_with: TableContext | None, gates: list[TableContext]) -> None:
        self._grows_with, self._gates = grows_with, gates

    def __call__(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        level = self._grows_with.surely_before(times) if self._grows_with else np.ones(len(times), np.int64)
        for gate in self._gates:
            level = level * (gate.surely_before(times) > 0)
        return level


def _rhythm(weekdays: Sequence[float], hours: Sequence[float]) -> list[int]:
    """168 whole weights, the greatest 65,535 and none that is above zero below 1."""
    exact = [Fraction(day) * Fraction(hour) for day in weekdays for hour in hours]
    top = max(exact)
    return [max(int(weight / top * _FINEST), 1) if weight else 0 for weight in exact]
