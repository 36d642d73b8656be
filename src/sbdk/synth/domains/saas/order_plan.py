"""Which stories there are, so that exactly N orders lie before the anchor, and all orders before a clock by time.

Story r of user u is there if its threshold (r + 1 − h(u)) / likelihood(u) is at most c. The stories before the anchor
sorted by threshold give c and the last story admitted, which is cut; both stay for ever. An order costs 12 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.synth.cells import bits, cell_key
from sbdk.synth.domains.saas.arrivals import I64
from sbdk.synth.domains.saas.buyers import Buyers
from sbdk.synth.domains.saas.orders import Orders, order_cell
from sbdk.synth.domains.saas.users import Users

_TIER_LIKELIHOOD = np.array([1.0, 1.3, 1.6, 2.0])
_BUYER = 1.5
_CHUNK = 65_536


@dataclass(frozen=True)
class Admission:
    """The bar: stories below `limit` are there, and at it those up to (user, story), of which `keep` orders are kept."""

    limit: float
    user: int
    story: int
    keep: int


@dataclass(frozen=True)
class Made:
    """Orders of some users in (user, story, place) order, and the stories that they belong to."""

    threshold: NDArray[np.float64]
    story_user: I64
    story: I64
    which: I64
    user: I64
    code: I64
    instant: I64


@dataclass(frozen=True)
class Ledger:
    """All orders before a clock in time order; sequence is the user's 1st, 2nd, …"""

    user: NDArray[np.uint32]
    code: NDArray[np.uint32]
    sequence: NDArray[np.uint32]


class OrderPlan:
    """Made on first use, safe to share between threads."""

    def __init__(self, seed: int, users: Users, orders: Orders, buyers: Buyers, anchor: int, rows: int) -> None:
        self.users = users
        self.orders = orders
        self._buyers = buyers
        self._anchor = anchor
        self._rows = rows
        self._half = cell_key(seed, "raw_orders", "stories")
        self._lock = RLock()
        self._bar: Admission | None = None
        self._ledgers: dict[int, Ledger] = {}

    def ledger(self, clock: int) -> Ledger:
        """The orders before `clock` (microseconds since 1970)."""
        with self._lock:
            if clock not in self._ledgers:
                self._ledgers = {clock: self._list(clock)} if self._rows else {clock: _ledger([])}
            return self._ledgers[clock]

    def _list(self, clock: int) -> Ledger:
        bar = self._admission()
        parts = []
        for made in self._all(self.users.arrivals.before(clock), bar.limit):
            there = self._admitted(made, bar) & (made.instant < clock)
            parts.append((made.instant[there], made.user[there], made.code[there]))
        return _ledger(parts)

    def _all(self, users: int, limit: float) -> Iterator[Made]:
        buyers = self._buyers.upto(users)
        for first in range(0, users, _CHUNK):
            rows = np.arange(first, min(first + _CHUNK, users), dtype=np.int64)
            yield self._make(rows, buyers[rows], limit)

    def _make(self, rows: I64, buyer: NDArray[np.bool_], limit: float) -> Made:
        """The stories with a threshold up to `limit` of the given users, and their orders."""
        unsigned = rows.astype(np.uint64)
        tier = self.users.tier(self.users.traits(unsigned))
        likelihood = self.users.purchase(unsigned) * _TIER_LIKELIHOOD.take(tier) * np.where(buyer, _BUYER, 1.0)
        half = (bits(self._half, unsigned) >> np.uint64(32)).astype(np.float64) * 2.0**-32
        count = (likelihood * limit + half).astype(np.int64) + 1
        who = np.repeat(np.arange(len(rows)), count)
        story = np.arange(len(who)) - (np.cumsum(count) - count).take(who)
        threshold = (story + 1 - half.take(who)) / likelihood.take(who)
        there = threshold <= limit
        who, story, threshold = who[there], story[there], threshold[there]
        size = self.orders.story_sizes(rows.take(who), story, tier.take(who))
        which = np.repeat(np.arange(len(who)), size)
        place = np.arange(len(which)) - (np.cumsum(size) - size).take(which)
        code = (story.take(which) << 3) + place
        owner = who.take(which)
        instant = self.users.created_at(unsigned).take(owner) + self._delay(rows, owner, code)
        return Made(threshold, rows.take(who), story, which, rows.take(owner), code, instant)

    def _delay(self, rows: I64, owner: I64, code: I64) -> I64:
        first = self.orders.first_delay(rows).take(owner)
        later = self.orders.later_delay(rows.take(owner), code, first)
        return np.where(code == 0, first, later)

    def _admitted(self, made: Made, bar: Admission) -> NDArray[np.bool_]:
        story_there = made.threshold < bar.limit
        tie = made.threshold == bar.limit
        before = (made.story_user < bar.user) | ((made.story_user == bar.user) & (made.story <= bar.story))
        story_there |= tie & before
        there = story_there.take(made.which)
        last = (made.user == bar.user) & (made.code >> 3 == bar.story)
        if last.any():
            own = np.flatnonzero(last)
            by_time = own[np.lexsort((made.code[own], made.instant[own]))]
            there[by_time[bar.keep :]] = False
        return there

    def _admission(self) -> Admission:
        if self._bar is None:
            self._bar = self._find_bar()
        return self._bar

    def _find_bar(self) -> Admission:
        users = self.users.rows
        limit = self._guess(users)
        while True:
            threshold, count, user, story = self._stories_before_anchor(users, limit)
            if int(count.sum()) >= self._rows:
                break
            limit = self._raise_limit(limit, int(count.sum()), users)
        order = np.argsort(threshold, kind="stable")
        running = np.cumsum(count.take(order))
        at = int(np.searchsorted(running, self._rows))
        last = order[at]
        keep = int(count[last]) - (int(running[at]) - self._rows)
        return Admission(float(threshold[last]), int(user[last]), int(story[last]), keep)

    def _guess(self, users: int) -> float:
        """A limit that should just do: what a sample of the users yields at a first one, scaled."""
        rows = np.unique(np.linspace(0, users - 1, min(users, 16_384)).astype(np.int64))
        buyer = self._buyers.upto(users)[rows]
        limit = 4.0
        for _ in range(3):
            made = self._make(rows, buyer, limit)
            found = int((made.instant < self._anchor).sum()) * users / len(rows)
            limit *= min(1000.0, max(1e-6, self._rows / max(found, 0.1)))
        return limit * 1.02

    def _raise_limit(self, limit: float, found: int, users: int) -> float:
        if limit * users > 1000.0 * (self._rows + users + 10_000):
            raise ConfigError(
                f"data_volume.orders: {users} users cannot have {self._rows} orders before end_date",
                hint="take more users or a longer time range",
            )
        return limit * min(1.5, max(1.02, self._rows / max(found, 1) * 1.02))

    def _stories_before_anchor(self, users: int, limit: float) -> tuple[NDArray[np.float64], I64, I64, I64]:
        parts = []
        for made in self._all(users, limit):
            count = np.bincount(made.which[made.instant < self._anchor], minlength=len(made.story))
            parts.append((made.threshold, count, made.story_user, made.story))
        threshold, count, user, story = (np.concatenate(column) for column in zip(*parts, strict=True))
        return threshold, count, user, story

    def instants(self, user: I64, code: I64) -> I64:
        """When the given orders happen, in microseconds since 1970."""
        return self.users.created_at(user.astype(np.uint64)) + self._delay(user, np.arange(len(user)), code)


def _ledger(parts: list[tuple[I64, I64, I64]]) -> Ledger:
    if not parts:
        none = np.zeros(0, dtype=np.uint32)
        return Ledger(none, none, none)
    instant, user, code = (np.concatenate(column) for column in zip(*parts, strict=True))
    by_user = np.lexsort((code, instant, user))
    owner = user.take(by_user)
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, len(owner)))
    sequence = np.empty(len(owner), dtype=np.uint32)
    sequence[by_user] = np.arange(1, len(owner) + 1) - np.repeat(starts, lengths)
    by_time = np.lexsort((code, user, instant))
    return Ledger(user.take(by_time).astype(np.uint32), code.take(by_time).astype(np.uint32), sequence.take(by_time))


__all__ = ["Ledger", "OrderPlan", "order_cell"]
