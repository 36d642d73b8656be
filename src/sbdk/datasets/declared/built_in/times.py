"""Dates and times: those of rows in their order, and those that need not be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.built_in.keys import ForeignKey
from sbdk.synth.cells import cell_key
from sbdk.synth.columns import between, check_weights, integers, timestamps
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


_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _seconds(value: object) -> object:
    """90s, 15m, 2h, 30d → timedelta."""
    match = re.fullmatch(r"(\d{1,9})([smhd])", value) if isinstance(value, str) else None
    if match:
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError("must be a whole number of seconds, minutes, hours or days: 90s, 15m, 2h, 30d")


Duration = Annotated[timedelta, BeforeValidator(_seconds, json_schema_input_type=str), Field(ge=timedelta(0))]


@generator("date")
class Date(Generator):
    """Days from low to high, both included, all as likely."""

    low: date
    high: date

    @model_validator(mode="after")
    def _in_order(self) -> Date:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is after high ({self.high})")
        return self

    def make(self, rows: Rows) -> pa.Array:
        epoch = date(1970, 1, 1)
        days = between(rows.bits(), (self.low - epoch).days, (self.high - epoch).days)
        return integers(days.astype(np.int32), pa.date32())


@generator("after")
class After(Generator):
    """A time some while after another column's: from `low` to `high` later, all as likely. May lie after the clock."""

    of: str
    low: Duration = timedelta(0)
    high: Duration

    @model_validator(mode="after")
    def _in_order(self) -> After:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is longer than high ({self.high})")
        return self

    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def make(self, rows: Rows) -> pa.Array:
        low, high = (bound // timedelta(microseconds=1) for bound in (self.low, self.high))
        before = rows.column(self.of).cast(pa.timestamp("us")).view(pa.int64())
        waited = between(rows.bits(), low, high)
        waited += before.fill_null(0).to_numpy(zero_copy_only=False)
        valid = before.is_valid().to_numpy(zero_copy_only=False) if before.null_count else None
        return timestamps(waited, valid)
