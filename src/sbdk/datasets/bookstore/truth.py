"""The answer key as tables: the expected demand, and the books whose demand has ended."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.books import NEVER
from sbdk.datasets.bookstore.demand import F64, Demand
from sbdk.datasets.bookstore.fields import dates
from sbdk.datasets.bookstore.sales import units_per_sale
from sbdk.datasets.bookstore.seasonality import I64, Seasonality
from sbdk.datasets.bookstore.words import ids
from sbdk.synth.columns import integers

_ROWS = 1_000_000


class ExpectedDemand:
    """Expected units by book and day. `sales`: how many there are between the days start and anchor."""

    def __init__(self, demand: Demand, seasonality: Seasonality, start: int, anchor: int, sales: int) -> None:
        self._demand, self._seasonality, self._start = demand, seasonality, start
        self._a_sale = sales / float(seasonality.mass(np.arange(start, anchor, dtype=np.int64)).sum())

    def sales(self, days: I64) -> F64:
        """Sales of all books that are to be expected on each day; none before the data begin."""
        return np.where(days >= self._start, self._seasonality.mass(days) * self._a_sale, 0.0)

    def table(self, start: int, stop: int, days: I64) -> pa.Table:
        """Of books start..stop−1, by book, then day."""
        return self._table(start, stop, days, self.sales(days) / self._demand.total(days))

    def parts(self, days: I64) -> Iterator[pa.Table]:
        """Of all books, about a million rows at a time."""
        books = self._demand.books.rows
        step = max(1, _ROWS // max(len(days), 1))
        each = self.sales(days) / self._demand.total(days)
        return (self._table(low, min(low + step, books), days, each) for low in range(0, books, step))

    def _table(self, start: int, stop: int, days: I64, each: F64) -> pa.Table:
        """each: sales of a book with an attraction of 1, by day."""
        books = np.arange(start, stop, dtype=np.uint64)
        pieces = units_per_sale().take(self._demand.books.digital(books).astype(np.int64))
        units = self._demand.attraction(start, stop, days) * each * pieces[:, None]
        row = pa.array(np.repeat(np.arange(len(books)), len(days)))
        columns = {"book_id": ids("BOOK_", 6, books).take(row), "day": dates(np.tile(days, len(books)))}
        return pa.table({**columns, "expected_units": integers(units.ravel())})

    def ended(self) -> pa.Table:
        """Books whose demand has ended: book_id, no_demand_from (the first day without)."""
        ends = self._demand.books.lives[1]
        rows = np.flatnonzero(ends < NEVER)
        return pa.table({"book_id": ids("BOOK_", 6, rows.astype(np.uint64)), "no_demand_from": dates(ends[rows])})
