"""sales, the fact table. The price of a sale is the product's at that instant."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa

from sbdk.datasets.retail.dimensions import MONEY, Customers, Products, Stores
from sbdk.datasets.retail.late_dimensions import ReturnsAndOrphans
from sbdk.datasets.retail.references import References, Referring
from sbdk.datasets.retail.sale_times import SaleTimes
from sbdk.datasets.retail.settings import RetailStreams
from sbdk.datasets.retail.shoppers import PAYMENT
from sbdk.datasets.retail.versions import I64, column_bits
from sbdk.datasets.retail.words import vocabulary
from sbdk.synth.cells import cell_key, lane
from sbdk.synth.columns import Choice, decimals, dictionary, dictionary_type, integers, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP

_QUANTITY = Choice.of((1, 2, 3, 4, 5), (55, 25, 11, 6, 3))
_DISCOUNT = Choice.of((0, 5, 10, 15, 20), (70, 10, 10, 6, 4))
_QUANTITIES, _DISCOUNTS = np.array(_QUANTITY.values, np.int64), np.array(_DISCOUNT.values, np.int64)
_MILLION = 1_000_000
_BY_HABIT = 65_536 * 65 // 100
"""Of 65,536 sales, those paid as the customer always pays; the rest is paid as anybody pays."""


class Sales:
    """Sales by row number: any rows, in any order."""

    name: ClassVar[str] = "sales"
    key: ClassVar[str] = "transaction_id"
    time_column: ClassVar[str] = "event_time"
    schema = pa.schema(
        [
            *(
                pa.field(f"{name}_id", pa.int64(), nullable=False)
                for name in ("transaction", "store", "customer", "product")
            ),
            pa.field("event_time", TIMESTAMP, nullable=False),
            pa.field("quantity", pa.int32(), nullable=False),
            pa.field("unit_price", MONEY, nullable=False),
            pa.field("total_amount", MONEY, nullable=False),
            pa.field("payment_method", dictionary_type(len(PAYMENT.values)), nullable=False),
            pa.field("discount_applied", MONEY, nullable=False),
            pa.field("tax_amount", MONEY, nullable=False),
        ]
    )

    def __init__(
        self, seed: int, start: int, settings: RetailStreams, stores: Stores, customers: Customers, products: Products
    ) -> None:
        self.start, self._seed, self._some = start, seed, settings.sales_per_batch > 0
        self._tax = round(settings.tax * _MILLION)
        self._times = SaleTimes(cell_key(seed, self.name, "event_time"), start, settings.sales_per_batch)
        self._referring = Referring(seed, self._times, stores, customers, products)
        self.times = self._referring.times

    def before(self, time: int) -> int:
        """Sales with an event_time before `time`."""
        if not self._some:
            return 0
        row = self._times.before(time)
        return row + int(self.times(np.array([row]))[0] < time)

    def rows(self, rows: I64, affected: ReturnsAndOrphans | None = None) -> pa.RecordBatch:
        """The sales of any row numbers, in that order; with returns and orphans if they are given."""
        to = self._referring.of(rows, affected)
        sign = 1 - 2 * affected.returned(rows).astype(np.int64) if affected else np.int64(1)
        keys = [integers(column + 1) for column in (rows, to.stores, to.customers, to.products)]
        amounts = self._amounts(rows, to, sign)
        return pa.RecordBatch.from_arrays([*keys, timestamps(to.times), *amounts], schema=self.schema)

    def _amounts(self, rows: I64, to: References, sign: I64 | np.int64) -> list[pa.Array]:
        traits = column_bits(self._seed, self.name, "traits", rows)
        pieces = _QUANTITIES.take(_QUANTITY.codes(lane(traits, 0)))
        total = pieces * to.cents
        discount = total * _DISCOUNTS.take(_DISCOUNT.codes(lane(traits, 1))) // 100
        tax = (total * self._tax + _MILLION // 2) // _MILLION
        payment = np.where(lane(traits, 3) < _BY_HABIT, to.favourites, PAYMENT.codes(lane(traits, 2)))
        return [
            integers((pieces * sign).astype(np.int32)),
            decimals(to.cents, 12, 2),
            decimals(total * sign, 12, 2),
            dictionary(payment, vocabulary("payment_methods")),
            decimals(discount, 12, 2),
            decimals(tax * sign, 12, 2),
        ]
