"""sales, the fact table. Sale k falls into the k-th even share of time; its price is the product's at that instant."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.retail.dimensions import MONEY, Products
from sbdk.datasets.retail.late_dimensions import References, ReturnsAndOrphans
from sbdk.datasets.retail.sale_times import SaleTimes
from sbdk.datasets.retail.settings import RetailStreams
from sbdk.datasets.retail.versions import I64, REFERENCE_LAG, DimensionPlan, column_bits
from sbdk.datasets.retail.words import vocabulary
from sbdk.synth.cells import cell_key, lane
from sbdk.synth.columns import Choice, decimals, dictionary, dictionary_type, integers, scaled, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP

_PAYMENT = Choice.of(vocabulary("payment_methods").to_pylist(), (45, 25, 15, 12, 3))
_QUANTITY = Choice.of((1, 2, 3, 4, 5), (55, 25, 11, 6, 3))
_DISCOUNT = Choice.of((0, 5, 10, 15, 20), (70, 10, 10, 6, 4))
_QUANTITIES, _DISCOUNTS = np.array(_QUANTITY.values, np.int64), np.array(_DISCOUNT.values, np.int64)
_MILLION = 1_000_000


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
            pa.field("payment_method", dictionary_type(len(_PAYMENT.values)), nullable=False),
            pa.field("discount_applied", MONEY, nullable=False),
            pa.field("tax_amount", MONEY, nullable=False),
        ]
    )

    def __init__(
        self, seed: int, start: int, settings: RetailStreams, products: Products, plans: dict[str, DimensionPlan]
    ) -> None:
        self.start, self._seed, self._some = start, seed, settings.sales_per_batch > 0
        self._times = SaleTimes(cell_key(seed, self.name, "event_time"), start, settings.sales_per_batch)
        self._tax = round(settings.tax * _MILLION)
        self._products, self._plans = products, plans

    def _column_bits(self, column: str, rows: I64) -> NDArray[np.uint64]:
        return column_bits(self._seed, self.name, column, rows)

    def times(self, rows: I64) -> I64:
        """event_time of each sale, microseconds; ascending with the row."""
        return self._times.times(rows)

    def before(self, time: int) -> int:
        """Sales with an event_time before `time`."""
        return self._times.before(time) if self._some else 0

    def references(self, rows: I64, times: I64) -> References:
        """The entities that the sales refer to: drawn evenly from those introduced some records earlier."""
        references = {}
        for name, plan in self._plans.items():
            records = plan.until(int(times.max(initial=plan.start)) + 1)
            last = records.until(times) - REFERENCE_LAG - 1
            introduced = records.known.take(np.maximum(last, plan.initial)).astype(np.uint64)
            references[name] = scaled(self._column_bits(name, rows), introduced).view(np.int64)
        return References(**references)

    def rows(self, rows: I64, affected: ReturnsAndOrphans | None = None) -> pa.RecordBatch:
        """The sales of any row numbers, in that order; with returns and orphans if they are given."""
        times = self.times(rows)
        references = self.references(rows, times)
        sign: I64 | int = 1
        if affected:
            references = affected.references(rows, times, references)
            sign = 1 - 2 * affected.returned(rows).astype(np.int64)
        columns = [rows + 1, references.stores + 1, references.customers + 1, references.products + 1]
        keys = [integers(column) for column in columns]
        amounts = self._amounts(rows, self.price(references.products, times), sign)
        return pa.RecordBatch.from_arrays([*keys, timestamps(times), *amounts], schema=self.schema)

    def price(self, product: I64, times: I64) -> I64:
        """The product's price at the time, in cents."""
        records = self._plans["products"].until(int(times.max(initial=self.start)) + 1)
        return self._products.all_cents(records).take(records.valid_at(product, records.until(times)))

    def _amounts(self, rows: I64, unit: I64, sign: I64 | int) -> list[pa.Array]:
        traits = self._column_bits("traits", rows)
        pieces = _QUANTITIES.take(_QUANTITY.codes(lane(traits, 0)))
        total = pieces * unit
        discount = total * _DISCOUNTS.take(_DISCOUNT.codes(lane(traits, 1))) // 100
        tax = (total * self._tax + _MILLION // 2) // _MILLION
        return [
            integers((pieces * sign).astype(np.int32)),
            decimals(unit, 12, 2),
            decimals(total * sign, 12, 2),
            dictionary(_PAYMENT.codes(lane(traits, 2)), vocabulary("payment_methods")),
            decimals(discount, 12, 2),
            decimals(tax * sign, 12, 2),
        ]
