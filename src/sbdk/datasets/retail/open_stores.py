"""The store of each sale: one of its customer's home stores that is open then, else another open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.datasets.retail.dimensions import Stores
from sbdk.datasets.retail.sale_times import UTC_OFFSET
from sbdk.datasets.retail.shoppers import HOMES, Habits, Shoppers
from sbdk.datasets.retail.valid_versions import ValidVersions, known
from sbdk.datasets.retail.versions import I64, DimensionRecords
from sbdk.synth.cells import bits, cell_key
from sbdk.synth.columns import scaled
from sbdk.synth.timeline import HOUR

_DAY = 24 * HOUR
_TRIES = 12
_ALL = slice(None)
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class StoresThen:
    """The stores at the time of each of some sales, which ascend by time.

    until: records of stores until then. usable: can these stores be referred to at these times? None: all.
    """

    records: DimensionRecords
    times: I64
    until: I64
    usable: Callable[[I64, I64], Mask] | None


class OpenStores:
    """Chooses stores by their status at the time of the sale."""

    def __init__(self, seed: int, stores: Stores, shoppers: Shoppers) -> None:
        self._key = cell_key(seed, "sales", "other store")
        self._stores, self._shoppers = stores, shoppers
        self._statuses: ValidVersions | None = None

    def are_open(self, then: StoresThen, store: I64, places: I64 | slice) -> Mask:
        """Is each store open at the time of the sale in its place?"""
        return self._open(then.records).at(store, then.until[places])

    def choose(self, then: StoresThen, habits: Habits, customer: I64) -> I64:
        """The store of each sale.

        On one day of the stores' clock a customer goes to one store, unless it closes. The home store of the day comes
        first, then the other ones, then any of the first stores, then any; if none is open, the home store sells.
        """
        begin, turn = self._shoppers.homes(habits, customer, (then.times + UTC_OFFSET * HOUR) // _DAY)
        store = habits.homes.take(begin + turn)
        shut = np.flatnonzero(~self._sell(then, store, _ALL))
        for attempt in range(1, HOMES + _TRIES):
            if len(shut) and attempt < HOMES:
                homes = begin.take(shut) + (turn.take(shut) + attempt) % HOMES
                shut = self._assign(then, store, shut, habits.homes.take(homes))
            elif len(shut):
                cells = bits(self._key, (customer.take(shut) * _TRIES + attempt).astype(np.uint64))
                shut = self._assign(then, store, shut, scaled(cells, self._stores.plan.initial).view(np.int64))
        there = known(then.records, then.until.take(shut))
        for number in range(int(there.max(initial=0))):  # nearly all are closed
            shut = self._assign(then, store, shut, np.minimum(number, known(then.records, then.until.take(shut)) - 1))
        return store

    def _sell(self, then: StoresThen, store: I64, places: I64 | slice) -> Mask:
        is_open = self.are_open(then, store, places)
        return is_open & then.usable(store, then.times[places]) if then.usable else is_open

    def _assign(self, then: StoresThen, store: I64, places: I64, other: I64) -> I64:
        """Puts the other stores in these places where they sell; the places that are left."""
        sells = self._sell(then, other, places)
        store[places[sells]] = other[sells]
        return places[~sells]

    def _open(self, records: DimensionRecords) -> ValidVersions:
        """Whether each store is open, by version."""
        statuses = self._statuses
        if statuses is None or statuses.records is not records:
            rows = self._stores.rows(np.arange(len(records.time), dtype=np.int64))
            is_open = pc.equal(rows.column("status"), "open").to_numpy(zero_copy_only=False)
            self._statuses = statuses = ValidVersions(records, is_open)
        return statuses
