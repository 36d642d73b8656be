"""Who buys, and what is bought: by weights with a heavy tail; and the habits of each customer.

The weight of a customer or product is 64 ÷ j, rounded down, where j is even among 1..64: the share of those that weigh
at least w falls as 1 ÷ w. A few buy often, half of all seldom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.dimensions import Customers, Stores
from sbdk.datasets.retail.valid_versions import known
from sbdk.datasets.retail.versions import I64, DimensionRecords
from sbdk.datasets.retail.words import vocabulary
from sbdk.synth.cells import U64, below, bits, cell_key, lane
from sbdk.synth.columns import Choice, scaled

PAYMENT = Choice.of(vocabulary("payment_methods").to_pylist(), (45, 25, 15, 12, 3))
HOMES = 3
"""Home stores of a customer at most."""
_HOME_COUNT = Choice.of((1, 2, 3), (40, 35, 25))
_HOME_OF_DAY = Choice.of((0, 1, 2), (76, 16, 8))
_DAY_STEP = 40_503  # 2¹⁶ ÷ the golden ratio: a customer's days are spread evenly over the table above
_32 = np.uint64(32)


class Popularity:
    """Draws entities by weights between 1 and `most`. The weight is the entity's own, whoever else there is."""

    def __init__(self, key: np.uint64, most: int = 64) -> None:
        self._key, self._most = key, most
        self._slots: tuple[I64, I64] = np.zeros(1, np.int64), np.zeros(0, np.int64)

    def weights(self, entity: U64) -> I64:
        """The weight of each entity."""
        return self._most // (1 + below(bits(self._key, entity), self._most).view(np.int64))

    def draw(self, random: U64, known: I64) -> I64:
        """One of the first `known` entities for each cell; known: ascending."""
        until, slots = self._reach(int(known[-1]) if len(known) else 0)
        place = (random >> _32) * until.take(known).view(np.uint64)
        return slots.take((place >> _32).view(np.int64))

    def _reach(self, entities: int) -> tuple[I64, I64]:
        """Slots before each entity, and the entity of each slot."""
        until, slots = self._slots
        if len(until) <= entities:
            each = np.arange(max(entities, 3 * len(until) // 2), dtype=np.uint64)
            weight = self.weights(each)
            until = np.concatenate([[0], np.cumsum(weight)])
            slots = np.repeat(each.view(np.int64), weight)
            self._slots = until, slots
        return until, slots


@dataclass(frozen=True)
class Habits:
    """By customer: favourite way to pay (code of PAYMENT), where in the cycle of days; homes: three stores each."""

    records: DimensionRecords
    payment: NDArray[np.uint8]
    cycle: NDArray[np.uint16]
    homes: I64


class Shoppers:
    """The customers as buyers.

    A customer's home stores are among those of the own city that there were when the customer joined, large ones more
    often; if there was none, among all stores.
    """

    def __init__(self, seed: int, customers: Customers, stores: Stores) -> None:
        self._key, self._home_key = cell_key(seed, "customers", "habits"), cell_key(seed, "customers", "home")
        self._customers, self._stores = customers, stores
        self._sizes = Popularity(cell_key(seed, "stores", "size"), most=8)
        self._habits: Habits | None = None

    def habits(self, records: DimensionRecords) -> Habits:
        """The habits of all customers in these records."""
        habits = self._habits
        if habits is None or habits.records is not records:
            self._habits = habits = self._made(records)
        return habits

    def homes(self, habits: Habits, customer: I64, day: I64) -> tuple[I64, I64]:
        """Where in `homes` the customer's own begin, and which of them (0..2) is meant on that day."""
        cycle = habits.cycle.take(customer)
        cycle += (day * _DAY_STEP).astype(np.uint16)
        return customer * HOMES, _HOME_OF_DAY.codes(cycle).astype(np.int64)

    def _made(self, records: DimensionRecords) -> Habits:
        joined = records.time.take(records.first)
        stores = self._stores.plan.until(int(joined.max(initial=self._stores.start)) + 1)
        random = bits(self._key, np.arange(len(joined), dtype=np.uint64))
        homes = self._home_stores(np.arange(len(joined), dtype=np.int64), known(stores, stores.until(joined)))
        count = _HOME_COUNT.codes(lane(random, 1))
        for place in range(1, HOMES):
            homes[:, place] = np.where(place <= count, homes[:, place], homes[:, place - 1])
        payment = PAYMENT.codes(lane(random, 0)).astype(np.uint8)
        return Habits(records, payment, lane(random, 2), homes.reshape(-1))

    def _home_stores(self, customer: I64, there: I64) -> I64:
        """Shape (customers, HOMES), of stores. there: how many stores there were when each customer joined."""
        each = np.arange(int(there.max(initial=0)), dtype=np.int64)
        by_city = np.lexsort((each, self._stores.city(each)))
        place = self._stores.city(by_city) << 32 | by_city
        weight = np.concatenate([[0], np.cumsum(self._sizes.weights(by_city.view(np.uint64)))])
        city = self._customers.city(customer) << 32
        low, high = weight.take(np.searchsorted(place, city)), weight.take(np.searchsorted(place, city | there))
        random = bits(self._home_key, np.arange(HOMES * len(customer), dtype=np.uint64))
        span = np.repeat(high - low, HOMES)
        near = np.repeat(low, HOMES) + scaled(random, span.view(np.uint64)).view(np.int64)
        stores = by_city.take(np.searchsorted(weight, near, "right") - 1, mode="clip")
        anywhere = np.flatnonzero(span == 0)
        stores[anywhere] = self._sizes.draw(random[anywhere], np.repeat(there, HOMES)[anywhere])
        return stores.reshape(-1, HOMES)
