"""Whom each sale refers to: a customer and a product by their weight, and a store that is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.dimensions import Customers, Products, Stores
from sbdk.datasets.retail.late_dimensions import ReturnsAndOrphans
from sbdk.datasets.retail.moments import MomentsOfChange
from sbdk.datasets.retail.open_stores import OpenStores, StoresThen
from sbdk.datasets.retail.sale_times import SaleTimes
from sbdk.datasets.retail.shoppers import Popularity, Shoppers
from sbdk.datasets.retail.valid_versions import ValidVersions, known, until
from sbdk.datasets.retail.versions import I64, DimensionRecords, column_bits
from sbdk.synth.cells import cell_key


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
