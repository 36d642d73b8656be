"""The sessions with exactly N events before the anchor, and an index from the rank of an event to its time.

event_id is the rank by (timestamp, session, sequence), so the events of a row range are those of a time range. The
index holds, for every 2,048th session (up to every 65,536th at large volumes), its start and the number of events
before that instant: 16 bytes for some 7,400 events. It is computed from cells and adds no randomness.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock

import numpy as np

from sbdk.datasets.saas.events import Events
from sbdk.datasets.saas.sessions import LONGEST, Sessions
from sbdk.synth.batches import ordered, spare_cores
from sbdk.synth.relations import expand_counts
from sbdk.synth.timeline import I64

_LEAST_STRIDE = 2_048
_BLOCK = 65_536


@dataclass(frozen=True)
class EventIndex:
    """Times (microseconds) and ranks, both ascending; the last pair is the clock and the count before it."""

    times: I64
    ranks: I64


class EventPlan:
    """The number of sessions and the index, both computed on first use; thread-safe."""

    def __init__(self, sessions: Sessions, events: Events, anchor: int, rows: int) -> None:
        self.sessions = sessions
        self.events = events
        self._anchor = anchor
        self._rows = rows
        self._lock = RLock()
        self._stride = min(_BLOCK, max(_LEAST_STRIDE, 1 << (rows // 8_000).bit_length()))
        self._prefix = np.zeros(1, dtype=np.int64)
        self._is_exact = False
        self._times = np.zeros(0, dtype=np.int64)
        self._ranks = np.zeros(0, dtype=np.int64)
        self._clocks: dict[int, EventIndex] = {}

    def make_exact(self) -> None:
        """Set the number of sessions before the anchor and cut the last of them, so that N is exact."""
        with self._lock:
            if self._is_exact:
                return
            sessions = self._sessions_needed() if self._rows else 0
            self.sessions.set_count(sessions)
            if sessions:
                self._cut_surplus(sessions)
            self._is_exact = True

    def index(self, clock: int) -> EventIndex:
        """The index of all events before `clock` (microseconds since 1970)."""
        self.make_exact()
        with self._lock:
            if clock not in self._clocks:
                self._clocks[clock] = self._make_index(clock)
            return self._clocks[clock]

    def sessions_between(self, low: int, high: int) -> tuple[int, int]:
        """The range of sessions that may have events in low ≤ time < high."""
        arrivals = self.sessions.arrivals
        return arrivals.before(low - LONGEST), arrivals.before(high)

    def _make_index(self, clock: int) -> EventIndex:
        sessions = self.sessions.arrivals.before(clock) if self._rows else 0
        index_rows = (sessions + self._stride - 1) // self._stride
        self._extend(index_rows)
        times = np.append(self._times[:index_rows], clock)
        count = self._events_before(sessions) - self._late_events(sessions, clock) if sessions else 0
        return EventIndex(times, np.append(self._ranks[:index_rows], count))

    def _extend(self, index_rows: int) -> None:
        """Extend the index to `index_rows` rows, a group at a time on threads."""
        indexed = len(self._times)
        if index_rows <= indexed:
            return
        self._events_before((index_rows - 1) * self._stride)
        some = 2 * _BLOCK // self._stride
        groups = [
            np.arange(low, min(low + some, index_rows)) * self._stride for low in range(indexed, index_rows, some)
        ]

        def late(group: I64) -> tuple[I64, I64]:
            times = self.sessions.arrivals.instants(group.astype(np.uint64))
            return times, self._late_events_at(group, times)

        times, late_events = (np.concatenate(part) for part in zip(*ordered(late, groups, spare_cores()), strict=True))
        self._times = np.concatenate([self._times, times])
        self._ranks = np.concatenate([self._ranks, self._prefix[indexed:index_rows] - late_events])

    def _late_events_at(self, index_rows: I64, times: I64) -> I64:
        """Events at or after the time of each index row, of sessions before it."""
        lows = np.maximum(self.sessions.arrivals.not_before(times - LONGEST), 0)
        group, place = expand_counts(np.maximum(index_rows - lows, 0))
        rows = (lows.take(group) + place).astype(np.uint64)
        reach = self.sessions.arrivals.instants(rows) + self.sessions.reach(rows)
        far = np.flatnonzero(reach >= times.take(group))
        moments = self.events.moments(self.sessions.cells(rows.take(far)))
        group = group.take(far).take(moments.place)
        late = moments.instant >= times.take(group)
        return np.bincount(group[late], minlength=len(index_rows))

    def _late_events(self, sessions: int, instant: int) -> int:
        return int(self._late_events_at(np.array([sessions]), np.array([instant]))[0])

    def _events_before(self, session: int) -> int:
        """Events of the sessions before `session`, whenever they happen."""
        index_row, rest = divmod(session, self._stride)
        if len(self._prefix) <= index_row:
            self._grow_prefix(-((len(self._prefix) - 1 - index_row) * self._stride // _BLOCK))
        start = index_row * self._stride
        rows = np.arange(start, start + rest, dtype=np.uint64)
        return int(self._prefix[index_row]) + int(self.sessions.kept(rows, self.sessions.planned(rows)).sum())

    def _grow_prefix(self, blocks: int = 1) -> None:
        first = (len(self._prefix) - 1) * self._stride

        def sums(block: int) -> I64:
            rows = np.arange(first + block * _BLOCK, first + (block + 1) * _BLOCK, dtype=np.uint64)
            counts: I64 = self.sessions.kept(rows, self.sessions.planned(rows)).reshape(-1, self._stride).sum(axis=1)
            return counts

        more = np.concatenate(list(ordered(sums, range(blocks), spare_cores())))
        self._prefix = np.concatenate([self._prefix, self._prefix[-1] + np.cumsum(more)])

    def _sessions_needed(self) -> int:
        """A number of sessions with at least N events before the anchor, and not many more."""
        while (lacking := self._rows - int(self._prefix[-1])) > 0:
            self._grow_prefix(lacking // (4 * _BLOCK) + 1)
        index_row = int(np.searchsorted(self._prefix, self._rows, side="left")) - 1
        rows = np.arange(index_row * self._stride, (index_row + 1) * self._stride, dtype=np.uint64)
        sums = self._prefix[index_row] + np.cumsum(self.sessions.planned(rows))
        sessions = index_row * self._stride + int(np.searchsorted(sums, self._rows)) + 1
        while (lacking := self._rows - self._before_anchor(sessions)) > 0:
            sessions += max(1, lacking // 4)
        return sessions

    def _before_anchor(self, sessions: int) -> int:
        self.sessions.set_count(sessions)
        return self._events_before(sessions) - self._late_events(sessions, self._anchor)

    def _cut_surplus(self, sessions: int) -> None:
        """Remove the surplus from the ends of the last sessions; each keeps its first event."""
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
