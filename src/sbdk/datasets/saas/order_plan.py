"""All orders before a clock in time order: 12 bytes an order, from which every cell can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.saas.admission import Bar, find_bar, in_chunks, joined
from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.buyers import Buyers
from sbdk.datasets.saas.purchase_histories import Placed, Stories, StoryMaker

U32 = NDArray[np.uint32]
_DELAY_BITS = 46
"""A year has 2^44.8 microseconds."""


@dataclass(frozen=True)
class Ledger:
    """Orders in time order: user row, code (story × 8 + place), and sequence, the user's 1st, 2nd, …"""

    user: U32
    code: U32
    sequence: U32


class OrderPlan:
    """Made on first use, safe to share between threads. Ties in time go by user, then story."""

    def __init__(self, maker: StoryMaker, buyers: Buyers, anchor: int, rows: int) -> None:
        self.maker = maker
        self._buyers = buyers
        self._anchor = anchor
        self._rows = rows
        self._lock = RLock()
        self._bar: Bar | None = None
        self._ledgers: dict[int, Ledger] = {}

    def ledger(self, clock: int) -> Ledger:
        """The orders before `clock` (microseconds since 1970); the last two clocks asked for are kept."""
        with self._lock:
            if clock not in self._ledgers:
                recent = dict(list(self._ledgers.items())[-1:])
                self._ledgers = {**recent, clock: self._list(clock)}
            return self._ledgers[clock]

    def _list(self, clock: int) -> Ledger:
        users = self.maker.users.arrivals.before(clock) if self._rows else 0
        if not users:
            none = np.zeros(0, dtype=np.uint32)
            return Ledger(none, none, none)
        if self._bar is None:
            self._bar = find_bar(self.maker, self._buyers, self._anchor, self._rows)
        bar = self._bar

        def keep(stories: Stories, placed: Placed) -> tuple[I64, U32, U32, U32]:
            there = np.flatnonzero(bar.admits(stories, placed) & (placed.instant < clock))
            user, code = placed.user.take(there), placed.code.take(there).astype(np.uint32)
            return placed.instant.take(there), user.astype(np.uint32), code, _sequence(user, placed.delay.take(there))

        parts = in_chunks(self.maker, self._buyers, users, bar.limit, keep)
        instant, *columns = joined(parts)
        by_time = np.argsort(instant, kind="stable")
        del instant
        return Ledger(*(column.take(by_time) for column in columns))


def _sequence(user: I64, delay: I64) -> U32:
    """The place of each order among its user's, from 1; ties go by code. The rows are in (user, code) order."""
    if not len(user):
        return user.astype(np.uint32)
    by_user = np.argsort(((user - user[0]) << _DELAY_BITS) + delay, kind="stable")
    owner = user.take(by_user)
    opening = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    sequence = np.empty(len(owner), dtype=np.uint32)
    sequence[by_user] = np.arange(1, len(owner) + 1) - np.repeat(opening, np.diff(np.append(opening, len(owner))))
    return sequence
