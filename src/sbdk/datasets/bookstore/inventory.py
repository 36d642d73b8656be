"""inventory: the stock of three warehouses at the anchor; some is to be reordered, some has no demand any more."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.books import NEVER, PAPERBACK
from sbdk.datasets.bookstore.demand import F64, Demand
from sbdk.datasets.bookstore.permutation import Permutation
from sbdk.datasets.bookstore.seasonality import DAY, I64
from sbdk.datasets.bookstore.words import MONEY, category, dates, field, ids, word_field
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import decimals, integers, scaled, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP

WAREHOUSES = 3
LEAD_DAYS = 21
"""Days of demand that the reorder point is to last."""
_RESTOCKED_WITHIN = 180
_LOW, _OVERSTOCKED = 0.18, 0.12


class Inventory:
    """Rows of inventory: printed books, each at most once in each warehouse as long as there are enough."""

    name = "inventory"
    key = "inventory_id"
    schema = pa.schema(
        [
            field("inventory_id", pa.string()),
            field("book_id", pa.string()),
            word_field("warehouse_location", "warehouses"),
            field("stock_quantity", pa.int32()),
            field("reorder_point", pa.int32()),
            field("last_restock_date", pa.date32()),
            field("storage_cost_per_unit", MONEY),
            field("shelf_life_days", pa.int32()),
            field("created_at", TIMESTAMP),
        ]
    )

    def __init__(self, seed: int, rows: int, demand: Demand, units_a_day: float) -> None:
        """units_a_day: of all books together."""
        self.rows, self._demand, self._units = rows, demand, units_a_day
        self._places = Permutation(cell_key(seed, self.name, "book_id"), WAREHOUSES * demand.books.physical)
        self._level_key, self._time_key = (cell_key(seed, self.name, column) for column in ("stock", "last_restock"))

    def batch(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows start..stop−1."""
        rows, books = np.arange(start, stop, dtype=np.uint64), self._demand.books
        place = self._places.forward(rows % np.uint64(self._places.size))
        book = books.format_number.backward(place // np.uint64(WAREHOUSES))
        level, time = bits(self._level_key, rows), bits(self._time_key, rows)
        reorder = self._reorder_point(book)
        created, restocked = self._times(book, time)
        cost = 5 + (lane(time, 3).astype(np.int64) * 45 >> 16) + 10 * (books.format(book) != PAPERBACK)
        columns = [
            ids("INV_", 8, rows),
            ids("BOOK_", 6, book),
            category("warehouses", place % np.uint64(WAREHOUSES)),
            integers(self._stock(book, level, reorder).astype(np.int32)),
            integers(reorder.astype(np.int32)),
            dates(restocked),
            decimals(cost, 12, 2),
            integers((1825 + 365 * (lane(level, 3).astype(np.int64) * 6 >> 16)).astype(np.int32)),
            timestamps(created),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _rate(self, book: U64) -> F64:
        """Units a day by popularity and age at the anchor, one warehouse's share of them."""
        last = np.full(len(book), self._demand.books.anchor - 1, np.int64)
        return self._demand.popularity.share(book) * self._demand.plain_factor(book, last) * self._units / WAREHOUSES

    def _reorder_point(self, book: U64) -> I64:
        """What the demand of three weeks needs, and two more."""
        return 2 + np.ceil(self._rate(book) * LEAD_DAYS).astype(np.int64)

    def _stock(self, book: U64, level: U64, reorder: I64) -> I64:
        """At or below the reorder point, well above it, or far too much; of books without demand what was left."""
        kind, size = lane(level, 0) / 65_536.0, lane(level, 1).astype(np.int64)
        low = size * (reorder + 1) >> 16
        usual = reorder + 1 + (size * (4 * reorder) >> 16)
        much = 10 * reorder + (size * (20 * reorder) >> 16)
        left = 5 + (size * 60 >> 16)
        alive = np.where(kind < _LOW, low, np.where(kind < 1 - _OVERSTOCKED, usual, much))
        return np.where(self._demand.books.life(book)[1] < NEVER, left, alive)

    def _times(self, book: U64, time: U64) -> tuple[I64, I64]:
        """created_at (microseconds) and last_restock_date (day): after the entry of the book, while there is demand."""
        books = self._demand.books
        published, ended = books.life(book)
        entered = books.created(book, published)
        first = np.maximum(published, entered // DAY) + 1
        end = np.minimum(ended, books.anchor)
        span = np.clip(end - first, 1, _RESTOCKED_WITHIN)
        restocked = np.maximum(end - 1 - scaled(time, span.view(np.uint64)).view(np.int64), entered // DAY + 1)
        created = entered + (lane(time, 0).astype(np.int64) * (DAY >> 16))
        return created, np.minimum(restocked, books.anchor - 1)
