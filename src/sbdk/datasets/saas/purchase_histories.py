"""Purchase histories: those that a user may have, each with the threshold at which it exists, and their orders.

History r of user u exists if (r + 1 − h(u)) / likelihood(u) ≤ c, with h even over [0, 1): floor(c × likelihood + h)
histories per user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.events import BUYING
from sbdk.datasets.saas.orders import DAY, Orders
from sbdk.datasets.saas.users import Users
from sbdk.synth.batches import ordered, spare_cores
from sbdk.synth.cells import bits, cell_key
from sbdk.synth.relations import expand_counts
from sbdk.synth.timeline import I64

YEAR = 365 * DAY
_CHUNK = 32_768


class Buyers:
    """Which users are buyers: those with a purchase or add_to_cart event. Computed a year at a time, and cached."""

    def __init__(self, users: Users, plan: EventPlan, anchor: int) -> None:
        self._users = users
        self._plan = plan
        self._anchor = anchor
        self._is_buyer = np.zeros(0, dtype=np.bool_)

    def upto(self, users: int) -> NDArray[np.bool_]:
        """Which of the first `users` users are buyers."""
        start = self._users.arrivals.calendar.start
        block = -((self._anchor - start + YEAR - 1) // YEAR)
        known = len(self._is_buyer)
        found = np.zeros(users, dtype=np.bool_)
        found[:known] = self._is_buyer[:users]
        first = 0
        while first < users:
            end = self._anchor + (block + 1) * YEAR
            last = min(users, self._users.arrivals.before(end))
            if last > known:
                self._mark(found, max(first, known), last, end - YEAR, end)
            first, block = last, block + 1
        if users > known:
            self._is_buyer = found
        return found

    def _mark(self, found: NDArray[np.bool_], first: int, last: int, begin: int, end: int) -> None:
        """Mark the buyers among users first..last−1, by the events in [begin, end)."""
        self._plan.make_exact()
        sessions = self._plan.sessions
        if not sessions.rows:
            return
        stop = sessions.arrivals.before(end)

        def buying(low: int) -> I64:
            cells = sessions.cells(np.arange(low, min(low + _CHUNK, stop), dtype=np.uint64))
            moments = self._plan.events.moments(cells)
            kind = self._plan.events.kind(moments.random, cells.tier.take(moments.place))
            bought = ((kind == BUYING[0]) | (kind == BUYING[1])) & (moments.instant < end)
            user: I64 = cells.user.take(moments.place[bought])
            return user.compress((user >= first) & (user < last))

        for users in ordered(buying, range(sessions.arrivals.before(begin), stop, _CHUNK), spare_cores()):
            found[users] = True


_TIER_LIKELIHOOD = np.array([1.0, 1.3, 1.6, 2.0])
_BUYER = 1.5


@dataclass(frozen=True)
class Histories:
    """Histories of some users in (user, history) order."""

    threshold: NDArray[np.float64]
    user: I64
    history: I64


@dataclass(frozen=True)
class PlacedOrders:
    """Orders in (user, history, position) order. history: index into their Histories. delay: since the sign-up."""

    history: I64
    user: I64
    code: I64
    delay: I64
    instant: I64


class HistoryMaker:
    """Makes the histories of any users, given which of them are buyers and the highest threshold."""

    def __init__(self, seed: int, users: Users, orders: Orders) -> None:
        self.users = users
        self.orders = orders
        self._half = cell_key(seed, "raw_orders", "stories")

    def make(self, rows: I64, buyer: NDArray[np.bool_], limit: float) -> tuple[Histories, PlacedOrders]:
        """All histories of the users `rows` with a threshold up to `limit`, and their orders."""
        unsigned = rows.astype(np.uint64)
        tier = self.users.tier(self.users.traits(unsigned))
        likelihood = self.users.purchase(unsigned) * _TIER_LIKELIHOOD.take(tier) * np.where(buyer, _BUYER, 1.0)
        half = (bits(self._half, unsigned) >> np.uint64(32)).astype(np.float64) * 2.0**-32
        owner, history = expand_counts((likelihood * limit + half).astype(np.int64) + 1)
        threshold = (history + 1 - half.take(owner)) / likelihood.take(owner)
        kept = np.flatnonzero(threshold <= limit)
        owner = owner.take(kept)
        histories = Histories(threshold.take(kept), rows.take(owner), history.take(kept))
        sizes = self.orders.history_sizes(histories.user, histories.history, tier.take(owner))
        of_history, position = expand_counts(sizes)
        code = (histories.history.take(of_history) << 3) + position
        owner = owner.take(of_history)
        delay = self._delay(rows, owner, code)
        instant = self.users.created_at(unsigned).take(owner) + delay
        return histories, PlacedOrders(of_history, rows.take(owner), code, delay, instant)

    def instants(self, user: I64, code: I64) -> I64:
        """When the given orders happen, in microseconds since 1970."""
        return self.users.created_at(user.astype(np.uint64)) + self._delay(user, np.arange(len(user)), code)

    def _delay(self, rows: I64, owner: I64, code: I64) -> I64:
        """From the sign-up to each order; `owner` is the index of its user in `rows`."""
        first = self.orders.first_delay(rows)
        delay = self.orders.later_delay(rows.take(owner), code, first, owner)
        opening = np.flatnonzero(code == 0)
        delay[opening] = first.take(owner.take(opening))
        return delay


R = TypeVar("R")
CHUNK = 16_384
_SAMPLE = 16_384
_MARGIN = 1.02


@dataclass(frozen=True)
class OrderThreshold:
    """What exists: histories below `limit`, and at it up to (user, history), of which the first `keep` orders."""

    limit: float
    user: int
    history: int
    keep: int

    def admits(self, histories: Histories, placed: PlacedOrders) -> NDArray[np.bool_]:
        """Which of the orders exist."""
        up_to_last = (histories.user < self.user) | (
            (histories.user == self.user) & (histories.history <= self.history)
        )
        admitted = (histories.threshold < self.limit) | ((histories.threshold == self.limit) & up_to_last)
        kept: NDArray[np.bool_] = admitted.take(placed.history)
        own = np.flatnonzero((placed.user == self.user) & (placed.code >> 3 == self.history))
        by_time = own[np.lexsort((placed.code[own], placed.instant[own]))]
        kept[by_time[self.keep :]] = False
        return kept


def find_threshold(maker: HistoryMaker, buyers: Buyers, anchor: int, wanted: int) -> OrderThreshold:
    """The threshold up to which exactly `wanted` orders lie before the anchor.

    Raises ConfigError if the users cannot have so many (for example one user of a single day).
    """
    limit = _guess(maker, buyers, anchor, wanted)
    while True:
        threshold, count, user, history = _histories_before(maker, buyers, anchor, limit)
        if (found := int(count.sum())) >= wanted:
            break
        if limit >= (ceiling := _ceiling(maker, wanted)):
            raise _impossible(maker.users.rows, wanted)
        limit = min(ceiling, limit * min(1.5, max(_MARGIN, wanted / max(found, 1) * _MARGIN)))
    order = np.argsort(threshold, kind="stable")
    running = np.cumsum(count.take(order), dtype=np.int64)
    at = int(np.searchsorted(running, wanted))
    last = order[at]
    keep = int(count[last]) - (int(running[at]) - wanted)
    return OrderThreshold(float(threshold[last]), int(user[last]), int(history[last]), keep)


def in_chunks(
    maker: HistoryMaker, buyers: Buyers, users: int, limit: float, use: Callable[[Histories, PlacedOrders], R]
) -> Iterator[R]:
    """use(histories, orders) for each chunk of users 0..users−1, in order, on threads."""
    buyer = buyers.upto(users)

    def make(first: int) -> R:
        rows = np.arange(first, min(first + CHUNK, users), dtype=np.int64)
        return use(*maker.make(rows, buyer[first : first + CHUNK], limit))

    return ordered(make, range(0, users, CHUNK), spare_cores())


def _guess(maker: HistoryMaker, buyers: Buyers, anchor: int, wanted: int) -> float:
    """A limit that is probably just high enough, from a sample of the users. Only speed depends on it."""
    users = maker.users.rows
    rows = np.arange(0, users, max(1, users // _SAMPLE), dtype=np.int64)
    buyer = buyers.upto(users)[rows]
    limit = 4.0
    for _ in range(3):
        _, placed = maker.make(rows, buyer, limit)
        found = int((placed.instant < anchor).sum()) * users / len(rows)
        limit = min(limit * max(1e-6, wanted / max(found, 0.1)), _ceiling(maker, wanted))
    return limit * _MARGIN


def _ceiling(maker: HistoryMaker, wanted: int) -> float:
    """A limit that no sensible settings need: about 20 histories for each wanted order."""
    return 20.0 * wanted / maker.users.rows + 1000.0


def _histories_before(maker: HistoryMaker, buyers: Buyers, anchor: int, limit: float) -> list[NDArray[Any]]:
    """Threshold, orders before the anchor, user and history of all histories up to `limit`."""

    def count(histories: Histories, placed: PlacedOrders) -> tuple[NDArray[Any], ...]:
        before = np.bincount(placed.history[placed.instant < anchor], minlength=len(histories.user))
        small = before.astype(np.uint8), histories.user.astype(np.uint32), histories.history.astype(np.uint32)
        return histories.threshold, *small

    return concatenated(in_chunks(maker, buyers, maker.users.rows, limit, count))


def concatenated(parts: Iterable[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    """Concatenate tuples of arrays column by column, releasing the parts on the way."""
    columns = [list(column) for column in zip(*parts, strict=True)]
    whole = []
    while columns:
        whole.append(np.concatenate(columns.pop(0)))
    return whole


def _impossible(users: int, orders: int) -> ConfigError:
    return ConfigError(
        f"data_volume.orders: {users} users cannot have {orders} orders before end_date",
        hint="take more users or a longer time range",
    )
