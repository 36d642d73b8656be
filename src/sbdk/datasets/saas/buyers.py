"""Which users have put something in a cart or bought: one bit each, from the events of their first block year.

A block year is 365 days, counted from the anchor backwards and forwards, so the bit never depends on the clock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.chunks import each_on_threads
from sbdk.datasets.saas.event_plan import EventPlan
from sbdk.datasets.saas.events import BUYING
from sbdk.datasets.saas.orders import DAY
from sbdk.datasets.saas.users import Users

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

        for users in each_on_threads(buying, range(sessions.arrivals.before(begin), stop, _CHUNK)):
            found[users] = True
