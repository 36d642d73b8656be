"""Rows in time order: stratified draws through a monotone warp of time.

`Calendar` is time measured in mass: each hour weighs a whole number, `edges[h]` is the mass before hour h. `Arrivals`
cuts the mass before the anchor into `rows` equal strata and puts row i at an even place in stratum i. So ids ascend
with time, exactly `rows` lie before the anchor, row `rows` goes on at the same rate, and nothing depends on the end.
"""

from __future__ import annotations

import numpy as np

from sbdk.synth.cells import U64, bits, uniform
from sbdk.synth.timeline import HOUR, I64, Calendar


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
