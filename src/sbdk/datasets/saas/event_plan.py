"""Which sessions make which events: exactly N before the anchor, and an index from event rank to time.

event_id is the rank by (timestamp, session, sequence), so the events of a row range are those of a time range. The
index holds, for every 2,048th session (up to every 65,536th at large volumes), its start and the number of events
before that instant: 16 bytes for some 7,400 events. It is computed from cells and is no source of chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock

import numpy as np

from sbdk.datasets.saas.arrivals import I64
from sbdk.datasets.saas.events import Events
from sbdk.datasets.saas.sessions import LONGEST, Sessions, spread
from sbdk.synth.batches import ordered, spare_cores

_LEAST_STRIDE = 2_048
_BLOCK = 65_536


@dataclass(frozen=True)
class Index:
    """Times (microseconds) and ranks, both ascending; the last pair is the clock and the count before it."""

    times: I64
    ranks: I64


class EventPlan:
    """Made on first use, safe to share between threads."""

    def __init__(self, sessions: Sessions, events: Events, anchor: int, rows: int) -> None:
        self.sessions = sessions
        self.events = events
        self._anchor = anchor
        self._rows = rows
        self._lock = RLock()
        self._stride = min(_BLOCK, max(_LEAST_STRIDE, 1 << (rows // 8_000).bit_length()))
        self._prefix = np.zeros(1, dtype=np.int64)
        self._settled = False
        self._times = np.zeros(0, dtype=np.int64)
        self._ranks = np.zeros(0, dtype=np.int64)
        self._clocks: dict[int, Index] = {}

    def settle(self) -> None:
        """Fix the number of sessions before the anchor and cut the last of them, so that N is exact."""
        with self._lock:
            if self._settled:
                return
            sessions = self._enough() if self._rows else 0
            self.sessions.settle(sessions)
            if sessions:
                self._shorten(sessions)
            self._settled = True

    def index(self, clock: int) -> Index:
        """The index of all events before `clock` (microseconds since 1970)."""
        self.settle()
        with self._lock:
            if clock not in self._clocks:
                self._clocks[clock] = self._make_index(clock)
            return self._clocks[clock]

    def reaching_into(self, low: int, high: int) -> tuple[int, int]:
        """The range of sessions that may have events in low ≤ time < high."""
        arrivals = self.sessions.arrivals
        return arrivals.before(low - LONGEST), arrivals.before(high)

    def _make_index(self, clock: int) -> Index:
        sessions = self.sessions.arrivals.before(clock) if self._rows else 0
        marks = (sessions + self._stride - 1) // self._stride
        self._extend(marks)
        times = np.append(self._times[:marks], clock)
        count = self._events_before(sessions) - self._late(sessions, clock) if sessions else 0
        return Index(times, np.append(self._ranks[:marks], count))

    def _extend(self, marks: int) -> None:
        """Index the marks up to `marks`, a group at a time on threads."""
        known = len(self._times)
        if marks <= known:
            return
        self._events_before((marks - 1) * self._stride)
        some = 2 * _BLOCK // self._stride
        groups = [np.arange(low, min(low + some, marks)) * self._stride for low in range(known, marks, some)]

        def late(group: I64) -> tuple[I64, I64]:
            times = self.sessions.arrivals.instants(group.astype(np.uint64))
            return times, self._late_at(group, times)

        times, late_events = (np.concatenate(part) for part in zip(*ordered(late, groups, spare_cores()), strict=True))
        self._times = np.concatenate([self._times, times])
        self._ranks = np.concatenate([self._ranks, self._prefix[known:marks] - late_events])

    def _late_at(self, marks: I64, times: I64) -> I64:
        """Events at or after each mark's time, of sessions before the mark."""
        lows = np.maximum(self.sessions.arrivals.not_before(times - LONGEST), 0)
        which, place = spread(np.maximum(marks - lows, 0))
        rows = (lows.take(which) + place).astype(np.uint64)
        reach = self.sessions.arrivals.instants(rows) + self.sessions.reach(rows)
        far = np.flatnonzero(reach >= times.take(which))
        moments = self.events.moments(self.sessions.cells(rows.take(far)))
        which = which.take(far).take(moments.place)
        late = moments.instant >= times.take(which)
        return np.bincount(which[late], minlength=len(marks))

    def _late(self, sessions: int, instant: int) -> int:
        return int(self._late_at(np.array([sessions]), np.array([instant]))[0])

    def _events_before(self, session: int) -> int:
        """Events of the sessions before `session`, whenever they happen."""
        mark, rest = divmod(session, self._stride)
        if len(self._prefix) <= mark:
            self._grow_prefix(-((len(self._prefix) - 1 - mark) * self._stride // _BLOCK))
        start = mark * self._stride
        rows = np.arange(start, start + rest, dtype=np.uint64)
        return int(self._prefix[mark]) + int(self.sessions.kept(rows, self.sessions.planned(rows)).sum())

    def _grow_prefix(self, blocks: int = 1) -> None:
        first = (len(self._prefix) - 1) * self._stride

        def sums(block: int) -> I64:
            rows = np.arange(first + block * _BLOCK, first + (block + 1) * _BLOCK, dtype=np.uint64)
            counts: I64 = self.sessions.kept(rows, self.sessions.planned(rows)).reshape(-1, self._stride).sum(axis=1)
            return counts

        more = np.concatenate(list(ordered(sums, range(blocks), spare_cores())))
        self._prefix = np.concatenate([self._prefix, self._prefix[-1] + np.cumsum(more)])

    def _enough(self) -> int:
        """A number of sessions that leaves at least N events before the anchor, and not many more."""
        while (lacking := self._rows - int(self._prefix[-1])) > 0:
            self._grow_prefix(lacking // (4 * _BLOCK) + 1)
        mark = int(np.searchsorted(self._prefix, self._rows, side="left")) - 1
        rows = np.arange(mark * self._stride, (mark + 1) * self._stride, dtype=np.uint64)
        sums = self._prefix[mark] + np.cumsum(self.sessions.planned(rows))
        sessions = mark * self._stride + int(np.searchsorted(sums, self._rows)) + 1
        while (lacking := self._rows - self._before_anchor(sessions)) > 0:
            sessions += max(1, lacking // 4)
        return sessions

    def _before_anchor(self, sessions: int) -> int:
        self.sessions.settle(sessions)
        return self._events_before(sessions) - self._late(sessions, self._anchor)

    def _shorten(self, sessions: int) -> None:
        """Take the surplus from the ends of the last sessions, leaving each its first event."""
        surplus = self._before_anchor(sessions) - self._rows
        first = max(0, sessions - surplus - 64)
        cells = self.sessions.cells(np.arange(first, sessions, dtype=np.uint64))
        moments = self.events.moments(cells)
        seen = np.bincount(moments.place[moments.instant < self._anchor], minlength=len(cells.size))
        size = cells.size.copy()
        for place in range(len(size) - 1, -1, -1):
            take = min(surplus, int(seen[place]) - 1)
            if surplus and take > 0:
                size[place] = seen[place] - take
                surplus -= take
        self._prefix = self._prefix[: first // self._stride + 1]
        self.sessions.shortened_from = first
        self.sessions.shortened = size
