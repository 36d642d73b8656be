"""Rows in time order: stratified draws through a monotone warp of time.

`Calendar` is time measured in mass: each hour weighs a whole number, `edges[h]` is the mass before hour h. `Arrivals`
cuts the mass before the anchor into `rows` equal strata and puts row i at an even place in stratum i. So ids ascend
with time, exactly `rows` lie before the anchor, row `rows` goes on at the same rate, and nothing depends on the end.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits, uniform

I64 = NDArray[np.int64]
HOUR = 3_600_000_000
"""Microseconds."""
_TOTAL_BITS = 52


class Calendar:
    """Mass by hour from `start` (microseconds since 1970), extended on demand.

    `weigh(first, last)` gives the whole-number weights of the hours first..last−1. They are shifted up so that the
    mass before hour `anchor` is close to 2^52: fine enough for a microsecond, exact in a double.
    """

    def __init__(self, start: int, anchor: int, weigh: Callable[[int, int], I64]) -> None:
        self.start = start
        self.anchor = anchor
        self._weigh = weigh
        self._lock = Lock()
        weights = weigh(0, anchor)
        self._shift = max(0, _TOTAL_BITS - int(weights.sum()).bit_length())
        self.edges = np.concatenate([np.zeros(1, np.int64), np.cumsum(weights << self._shift)])
        self.total = int(self.edges[-1])

    def reach_hour(self, hour: int) -> I64:
        """The edges, at least up to the end of `hour`."""
        while len(self.edges) < hour + 2:
            self._grow(hour + 2 - len(self.edges))
        return self.edges

    def reach_mass(self, mass: int) -> I64:
        """The edges, at least up to the hour in which `mass` lies."""
        while int(self.edges[-1]) <= mass:
            self._grow(24 * 365)
        return self.edges

    def _grow(self, hours: int) -> None:
        with self._lock:
            known = len(self.edges) - 1
            more = self._weigh(known, known + max(hours, 24 * 31)) << self._shift
            self.edges = np.concatenate([self.edges, self.edges[-1] + np.cumsum(more)])


class Arrivals:
    """Row i of a table at its instant. `early_first` keeps row 0 to the first half of its stratum, so that even a
    table of one row leaves time for its children."""

    def __init__(self, calendar: Calendar, rows: int, key: np.uint64, *, early_first: bool = False) -> None:
        self.calendar = calendar
        self.rows = rows
        self.key = key
        self.early_first = early_first
        self.width, self.rest = divmod(calendar.total, max(rows, 1))

    def _stratum(self, i: U64) -> U64:
        return i * np.uint64(self.width) + i * np.uint64(self.rest) // np.uint64(max(self.rows, 1))

    def places(self, i: U64) -> I64:
        """The mass at which each row lies: floor(u × width) into its stratum."""
        low = self._stratum(i)
        room = (self._stratum(i + np.uint64(1)) - low).astype(np.float64)
        if self.early_first:
            room[i == 0] *= 0.5
        inside = uniform(bits(self.key, i)) * room
        return low.astype(np.int64) + inside.astype(np.int64)

    def hours(self, i: U64) -> tuple[I64, I64]:
        """Each row's hour since the start, and its microsecond within that hour."""
        place = self.places(i)
        edges = self.calendar.reach_mass(int(place.max(initial=0)))
        hour = np.searchsorted(edges, place, side="right") - 1
        low = edges.take(hour)
        share = (place - low).astype(np.float64) / (edges.take(hour + 1) - low).astype(np.float64)
        return hour, (share * HOUR).astype(np.int64)

    def instants(self, i: U64) -> I64:
        """Microseconds since 1970."""
        hour, inside = self.hours(i)
        return hour * HOUR + inside + self.calendar.start

    def below(self, mass: I64) -> I64:
        """How many rows lie at a mass below each of `mass`: the stratum by division, its neighbours by looking."""
        guess = (mass.astype(np.float64) / self.calendar.total * self.rows).astype(np.int64)
        low = np.maximum(guess - 2, 0)
        near = low[:, None] + np.arange(5)
        place = self.places(near.ravel().astype(np.uint64)).reshape(near.shape)
        count: I64 = low + (place < mass[:, None]).sum(axis=1)
        return count

    def not_before(self, instants: I64) -> I64:
        """A row no later than the first at or after each instant, and close to it."""
        since = np.maximum(instants - self.calendar.start, 0)
        hour = since // HOUR
        edges = self.calendar.reach_hour(int(hour.max(initial=0)))
        low = edges.take(hour)
        share = (since - hour * HOUR).astype(np.float64) / HOUR
        mass = low + ((edges.take(hour + 1) - low) * share).astype(np.int64)
        guess: I64 = (mass.astype(np.float64) / self.calendar.total * self.rows).astype(np.int64) - 2
        return guess

    def before(self, instant: int) -> int:
        """How many rows lie strictly before `instant`."""
        if self.rows == 0 or instant <= self.calendar.start:
            return 0
        hour, inside = divmod(instant - self.calendar.start, HOUR)
        edges = self.calendar.reach_hour(hour)
        low, high = int(edges[hour]), int(edges[hour + 1])
        guess = int(self.below(np.array([low + (high - low) * inside // HOUR]))[0])
        first = max(guess - 2, 0)
        near = self.instants(np.arange(first, guess + 3, dtype=np.uint64))
        return first + int((near < instant).sum())
