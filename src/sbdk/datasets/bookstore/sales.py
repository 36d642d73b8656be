"""sales: a sale falls into its even share of the season's mass; its book is drawn by attraction on that day."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.demand import F64, Demand
from sbdk.datasets.bookstore.seasonality import DAY, I64, RHYTHM, Seasonality
from sbdk.datasets.bookstore.words import MONEY, PERCENT, category, dates, field, ids, word_field
from sbdk.synth.cells import U64, bits, cell_key, lane, uniform
from sbdk.synth.columns import Choice, decimals, integers, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.timeline import Timeline

ROUNDS = 192
"""Draws of a book before the first one stands in; with ten books or more, less than one sale in 10⁹ needs as many."""
_CHANNEL_WEIGHTS = ((55, 25, 12, 8), (80, 0, 0, 20))
"""Online, Retail, Wholesale, Direct, of printed and of digital books."""
_TYPE_WEIGHTS = ((82, 8, 10), (95, 2, 3), (0, 60, 40), (60, 15, 25))
"""Individual, Business, Educational, by channel."""
_PIECES = (1, 2, 3, 4, 5, 8, 10, 12, 20, 25)
_PRIVATE, _OFFICE, _CLASS = (80, 14, 4, 1, 1), (30, 20, 12, 10, 10, 8, 5, 5), (5, 5, 5, 5, 20, 10, 20, 10, 15, 5)
_BULK = (0, 0, 0, 0, 20, 15, 30, 20, 10, 5)
_CHANNEL = Choice.given(range(4), _CHANNEL_WEIGHTS)
_TYPE = Choice.given(range(3), _TYPE_WEIGHTS)
_REGION = Choice.of(range(5), (24, 22, 20, 18, 16))
WHOLESALE, WHOLESALE_TERMS = 2, 10
"""Wholesale gets ten points more off than the promotion of the week."""


def _quantity_weights() -> list[tuple[int, ...]]:
    """By channel and customer type."""
    usual = [weights + (0,) * (len(_PIECES) - len(weights)) for weights in (_PRIVATE, _OFFICE, _CLASS)]
    return [_BULK if channel == WHOLESALE else usual[kind] for channel in range(4) for kind in range(3)]


_QUANTITY = Choice.given(_PIECES, _quantity_weights())


@cache
def units_per_sale() -> F64:
    """The mean quantity of a sale of a printed and of a digital book, exactly, from the look-up tables."""
    pieces = np.array(_PIECES, np.float64).take(_QUANTITY.table).reshape(12, -1).mean(axis=1).reshape(4, 3)
    kinds = np.stack([(_TYPE.table.reshape(4, -1) == kind).mean(axis=1) for kind in range(3)], axis=1)
    channels = np.stack([(_CHANNEL.table.reshape(2, -1) == channel).mean(axis=1) for channel in range(4)], axis=1)
    return np.asarray((channels * (kinds * pieces).sum(axis=1)).sum(axis=1))


class Sales:
    """Rows of sales, ascending by created_at, the instant of the sale."""

    name = "sales"
    key = "transaction_id"
    schema = pa.schema(
        [
            field("transaction_id", pa.string()),
            field("book_id", pa.string()),
            field("sale_date", pa.date32()),
            field("quantity", pa.int32()),
            field("unit_price", MONEY),
            field("discount_percent", PERCENT),
            field("total_amount", MONEY),
            word_field("channel", "channels"),
            word_field("customer_type", "customer_types"),
            word_field("region", "regions"),
            field("created_at", TIMESTAMP),
        ]
    )

    def __init__(self, seed: int, start: datetime, anchor: datetime, rows: int, demand: Demand) -> None:
        self._demand, self._seasonality = demand, Seasonality(seed)
        self._times = Timeline(
            start, anchor, rows, RHYTHM, cell_key(seed, self.name, "created_at"), present=self._seasonality.at
        )
        self._traits_key = cell_key(seed, self.name, "traits")
        self._keys = [
            (cell_key(seed, self.name, f"book.{turn}"), cell_key(seed, self.name, f"book.{turn}.accepted"))
            for turn in range(ROUNDS)
        ]

    def count(self, clock: int) -> int:
        """Sales before the clock, microseconds."""
        return self._times.count(clock)

    def books(self, rows: U64, days: I64) -> U64:
        """Which book is sold: drawn by popularity, kept with the rest of its attraction; the first book if none is."""
        chosen, open_rows = np.zeros(len(rows), np.uint64), np.arange(len(rows))
        for draw, accept in self._keys:
            some = rows[open_rows]
            candidates = self._demand.popularity.draw(bits(draw, some))
            kept = uniform(bits(accept, some)) * Demand.most < self._demand.factor(candidates, days[open_rows])
            chosen[open_rows[kept]] = candidates[kept]
            open_rows = open_rows[~kept]
            if not len(open_rows):
                break
        return chosen

    def batch(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows start..stop−1."""
        rows = np.arange(start, stop, dtype=np.uint64)
        times = self._times.times(rows)
        days = times // DAY
        book = self.books(rows, days)
        traits = bits(self._traits_key, rows)
        channel = _CHANNEL.codes(lane(traits, 0), self._demand.books.digital(book))
        kind = _TYPE.codes(lane(traits, 1), channel)
        pieces = np.array(_PIECES).take(_QUANTITY.codes(lane(traits, 2), channel.astype(np.int64) * 3 + kind))
        percent = self._demand.discount(book, days) + WHOLESALE_TERMS * (channel == WHOLESALE)
        cents = self._demand.books.cents(book)
        columns = [
            ids("TXN_", 8, rows),
            ids("BOOK_", 6, book),
            dates(days),
            integers(pieces.astype(np.int32)),
            decimals(cents, 12, 2),
            decimals(percent * 100, 5, 2),
            decimals((pieces * cents * (100 - percent) + 50) // 100, 12, 2),
            category("channels", channel),
            category("customer_types", kind),
            category("regions", _REGION.codes(lane(traits, 3))),
            timestamps(times),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)
