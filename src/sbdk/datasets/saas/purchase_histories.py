"""Buying stories: which a user may have, each with the threshold at which it comes to be, and their orders.

Story r of user u is there if (r + 1 − h(u)) / likelihood(u) ≤ c, with h even over [0, 1): floor(c × likelihood + h)
stories a user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.events import BUYING
from sbdk.datasets.saas.orders import DAY, Orders
from sbdk.datasets.saas.sessions import spread
from sbdk.datasets.saas.users import Users
from sbdk.synth.batches import ordered, spare_cores
from sbdk.synth.cells import bits, cell_key

YEAR = 365 * DAY
_CHUNK = 32_768


class Buyers:
    """The bits of the users 0..n−1, made a block year at a time and kept."""

    def __init__(self, users: Users, plan: EventPlan, anchor: int) -> None:
        self._users = users
        self._plan = plan
        self._anchor = anchor
        self._bits = np.zeros(0, dtype=np.bool_)

    def upto(self, users: int) -> NDArray[np.bool_]:
        """The bits of the first `users` users."""
        start = self._users.arrivals.calendar.start
        block = -((self._anchor - start + YEAR - 1) // YEAR)
        known = len(self._bits)
        found = np.zeros(users, dtype=np.bool_)
        found[:known] = self._bits[:users]
        first = 0
        while first < users:
            end = self._anchor + (block + 1) * YEAR
            last = min(users, self._users.arrivals.before(end))
            if last > known:
                self._mark(found, max(first, known), last, end - YEAR, end)
            first, block = last, block + 1
        if users > known:
            self._bits = found
        return found

    def _mark(self, found: NDArray[np.bool_], first: int, last: int, begin: int, end: int) -> None:
        """Set the bits of users first..last−1 from the events in [begin, end)."""
        self._plan.settle()
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
class Stories:
    """Stories of some users in (user, story) order."""

    threshold: NDArray[np.float64]
    user: I64
    story: I64


@dataclass(frozen=True)
class Placed:
    """Orders in (user, story, place) order; `which` is the story's place in its Stories, `delay` from the sign-up."""

    which: I64
    user: I64
    code: I64
    delay: I64
    instant: I64


class StoryMaker:
    """Makes the stories of any users, given who of them is a buyer and the highest threshold wanted."""

    def __init__(self, seed: int, users: Users, orders: Orders) -> None:
        self.users = users
        self.orders = orders
        self._half = cell_key(seed, "raw_orders", "stories")

    def make(self, rows: I64, buyer: NDArray[np.bool_], limit: float) -> tuple[Stories, Placed]:
        """All stories of the users `rows` with a threshold up to `limit`, and their orders."""
        unsigned = rows.astype(np.uint64)
        tier = self.users.tier(self.users.traits(unsigned))
        likelihood = self.users.purchase(unsigned) * _TIER_LIKELIHOOD.take(tier) * np.where(buyer, _BUYER, 1.0)
        half = (bits(self._half, unsigned) >> np.uint64(32)).astype(np.float64) * 2.0**-32
        who, story = spread((likelihood * limit + half).astype(np.int64) + 1)
        threshold = (story + 1 - half.take(who)) / likelihood.take(who)
        there = np.flatnonzero(threshold <= limit)
        who, stories = who.take(there), Stories(threshold.take(there), rows.take(who.take(there)), story.take(there))
        which, place = spread(self.orders.story_sizes(stories.user, stories.story, tier.take(who)))
        code = (stories.story.take(which) << 3) + place
        owner = who.take(which)
        delay = self._delay(rows, owner, code)
        instant = self.users.created_at(unsigned).take(owner) + delay
        return stories, Placed(which, rows.take(owner), code, delay, instant)

    def instants(self, user: I64, code: I64) -> I64:
        """When the given orders happen, in microseconds since 1970."""
        return self.users.created_at(user.astype(np.uint64)) + self._delay(user, np.arange(len(user)), code)

    def _delay(self, rows: I64, owner: I64, code: I64) -> I64:
        """From the sign-up to each order: `owner` is the place of its user in `rows`."""
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
class Bar:
    """Stories below `limit` are there, and at it those up to (user, story), which keeps its first `keep` orders."""

    limit: float
    user: int
    story: int
    keep: int

    def admits(self, stories: Stories, placed: Placed) -> NDArray[np.bool_]:
        """Which of the orders are there."""
        known = (stories.user < self.user) | ((stories.user == self.user) & (stories.story <= self.story))
        story_there = (stories.threshold < self.limit) | ((stories.threshold == self.limit) & known)
        there: NDArray[np.bool_] = story_there.take(placed.which)
        own = np.flatnonzero((placed.user == self.user) & (placed.code >> 3 == self.story))
        by_time = own[np.lexsort((placed.code[own], placed.instant[own]))]
        there[by_time[self.keep :]] = False
        return there


def find_bar(maker: StoryMaker, buyers: Buyers, anchor: int, wanted: int) -> Bar:
    """The stories sorted by threshold, admitted until `wanted` of their orders lie before the anchor.

    Raises ConfigError if the users cannot have as many (one user of a single day, say).
    """
    limit = _guess(maker, buyers, anchor, wanted)
    while True:
        threshold, count, user, story = _stories_before(maker, buyers, anchor, limit)
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
    return Bar(float(threshold[last]), int(user[last]), int(story[last]), keep)


def in_chunks(
    maker: StoryMaker, buyers: Buyers, users: int, limit: float, use: Callable[[Stories, Placed], R]
) -> Iterator[R]:
    """What `use` makes, on threads, of the stories of users 0..users−1 and their orders, a chunk of users at a time."""
    buyer = buyers.upto(users)

    def make(first: int) -> R:
        rows = np.arange(first, min(first + CHUNK, users), dtype=np.int64)
        return use(*maker.make(rows, buyer[first : first + CHUNK], limit))

    return ordered(make, range(0, users, CHUNK), spare_cores())


def _guess(maker: StoryMaker, buyers: Buyers, anchor: int, wanted: int) -> float:
    """A limit that should just do: what a sample of the users yields, scaled. Only speed depends on it."""
    users = maker.users.rows
    rows = np.arange(0, users, max(1, users // _SAMPLE), dtype=np.int64)
    buyer = buyers.upto(users)[rows]
    limit = 4.0
    for _ in range(3):
        _, placed = maker.make(rows, buyer, limit)
        found = int((placed.instant < anchor).sum()) * users / len(rows)
        limit = min(limit * max(1e-6, wanted / max(found, 0.1)), _ceiling(maker, wanted))
    return limit * _MARGIN


def _ceiling(maker: StoryMaker, wanted: int) -> float:
    """No sensible world needs a limit like this: some 20 stories for each order wanted."""
    return 20.0 * wanted / maker.users.rows + 1000.0


def _stories_before(maker: StoryMaker, buyers: Buyers, anchor: int, limit: float) -> list[NDArray[Any]]:
    """Threshold, orders before the anchor, user and story of all stories up to `limit`."""

    def count(stories: Stories, placed: Placed) -> tuple[NDArray[Any], ...]:
        before = np.bincount(placed.which[placed.instant < anchor], minlength=len(stories.user))
        small = before.astype(np.uint8), stories.user.astype(np.uint32), stories.story.astype(np.uint32)
        return stories.threshold, *small

    return joined(in_chunks(maker, buyers, maker.users.rows, limit, count))


def joined(parts: Iterable[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    """Tuples of arrays put end to end, column by column, letting go of the parts."""
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
