"""sales, the fact table, and whom each sale refers to.

A customer and a product are drawn by weight, a store among the open ones. The price is the product's at that instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.retail.dimensions import MONEY, Customers, Products, Stores
from sbdk.datasets.retail.late_dimensions import ReturnsAndOrphans
from sbdk.datasets.retail.open_stores import OpenStores, StoresThen
from sbdk.datasets.retail.sale_times import SaleTimes
from sbdk.datasets.retail.settings import RetailStreams
from sbdk.datasets.retail.shoppers import PAYMENT, Popularity, Shoppers
from sbdk.datasets.retail.valid_versions import MomentsOfChange, ValidVersions, known, until
from sbdk.datasets.retail.versions import I64, DimensionRecords, column_bits
from sbdk.datasets.retail.words import vocabulary
from sbdk.synth.cells import cell_key, lane
from sbdk.synth.columns import Choice, decimals, dictionary, dictionary_type, integers, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP


@dataclass(frozen=True)
class References:
    """Of each sale: its time, the 0-based entities, the customer's favourite way to pay, and the price in cents."""

    times: I64
    stores: I64
    customers: I64
    products: I64
    favourites: NDArray[np.uint8]
    cents: I64

    def placed(self, order: I64) -> References:
        """Row i at the place order[i]."""
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return References(*(getattr(self, field.name).take(back) for field in fields(self)))


class Referring:
    """Draws the references of sales among the entities that were introduced some records earlier."""

    def __init__(self, seed: int, times: SaleTimes, stores: Stores, customers: Customers, products: Products) -> None:
        self._seed, self._times, self._products = seed, times, products
        self._plans = {dimension.name: dimension.plan for dimension in (stores, customers, products)}
        self._moments = MomentsOfChange(times, products.plan)
        self._popular = {name: Popularity(cell_key(seed, name, "popularity")) for name in ("customers", "products")}
        self._shoppers = Shoppers(seed, customers, stores)
        self._stores = OpenStores(seed, stores, self._shoppers)
        self._versions: ValidVersions | None = None

    def times(self, rows: I64) -> I64:
        """event_time of each sale, microseconds; ascending with the row."""
        if not np.any(rows[1:] < rows[:-1]):
            return self._stamped(rows)[0]
        order = np.argsort(rows, kind="stable")
        times = np.empty_like(rows)
        times[order] = self._stamped(rows.take(order))[0]
        return times

    def of(self, rows: I64, affected: ReturnsAndOrphans | None) -> References:
        """The references of any sales, in that order; with orphans if they are given."""
        if not np.any(rows[1:] < rows[:-1]):
            return self._ascending(rows, affected)
        order = np.argsort(rows, kind="stable")
        return self._ascending(rows.take(order), affected).placed(order)

    def _stamped(self, rows: I64) -> tuple[I64, I64, I64]:
        """For ascending rows: times; places of the sales at a product's update or right before it, and the product."""
        times = self._times.times(rows)
        moments = self._moments.until(int(times.max(initial=self._times.start)) + 1)
        at, which = _found(moments.row, rows)
        times[at] = moments.time.take(which)
        before, next_ = _found(moments.row - 1, rows)
        return times, np.concatenate([before, at]), moments.product.take(np.concatenate([next_, which]))

    def _ascending(self, rows: I64, affected: ReturnsAndOrphans | None) -> References:
        times, near, changed = self._stamped(rows)
        if not len(rows):
            return References(times, times, times, times, times.astype(np.uint8), times)
        records = {name: plan.until(int(times[-1]) + 1) for name, plan in self._plans.items()}
        before = {name: until(of, times) for name, of in records.items()}
        drawn = {}
        for name, popularity in self._popular.items():
            random = column_bits(self._seed, "sales", name, rows)
            drawn[name] = popularity.draw(random, known(records[name], before[name]))
        drawn["products"][near] = changed
        usable = affected.usable_stores(times) if affected else None
        then = StoresThen(records["stores"], times, before["stores"], usable)
        habits = self._shoppers.habits(records["customers"])
        if affected:
            drawn = affected.delivered(drawn, times)
        orphans = affected.orphans(rows, times, partial(self._stores.are_open, then)) if affected else {}
        _replace(drawn, orphans)
        drawn["stores"] = self._stores.choose(then, habits, drawn["customers"])
        if affected:
            drawn |= affected.delivered({"stores": drawn["stores"]}, times)
        _replace(drawn, orphans)
        favourites = habits.payment.take(drawn["customers"])
        cents = self._cents(records["products"], drawn["products"], before["products"])
        return References(times, drawn["stores"], drawn["customers"], drawn["products"], favourites, cents)

    def _cents(self, records: DimensionRecords, product: I64, before: I64) -> I64:
        """The price of each product after the first `before` records, which ascend."""
        versions = self._versions
        if versions is None or versions.records is not records:
            self._versions = versions = ValidVersions(records, self._products.all_cents(records))
        return versions.at(product, before)


def _found(wanted: I64, rows: I64) -> tuple[I64, I64]:
    """Places in `rows` that have a wanted value, and which one; both ascend. A row may be there more than once."""
    span = np.arange(*np.searchsorted(wanted, [rows[0], rows[-1] + 1])) if len(rows) else np.arange(0)
    some = wanted.take(span)
    low = np.searchsorted(rows, some)
    times = np.searchsorted(rows, some, "right") - low
    ends = np.cumsum(times)
    places = np.arange(int(times.sum())) + np.repeat(low - (ends - times), times)
    return places, np.repeat(span, times)


def _replace(drawn: dict[str, I64], orphans: Mapping[str, tuple[I64, I64]]) -> None:
    for name in drawn.keys() & orphans.keys():
        places, entity = orphans[name]
        drawn[name][places] = entity


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
