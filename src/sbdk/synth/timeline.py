"""Times of rows in ascending order, computed without a list: stratified arrivals through a monotone warp of time.

Every hour has a mass, its weight in the rhythm (times the rows of another table that are there by then). Row i owns the
i-th of N equal parts of the mass before the anchor, falls at random inside it, and the mass axis is mapped back to
time. So times ascend with i, exactly N rows lie before the anchor, row N goes on at the same rate, and the rows
before a clock do not depend on it. Position, mass and time are integers below 2⁶²; the two divisions are IEEE.
`Calendar` is time measured in mass, by weights of hours that a data set computes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError, UsageError
from sbdk.synth.cells import U64, bits
from sbdk.synth.columns import scaled

I64 = NDArray[np.int64]
HOUR = 3_600_000_000
"""Microseconds."""
_TOTAL_BITS = 52
_MOST = 2.0**62
"""The mass that edges may reach: a thousand times that before the anchor, far enough from the end of 64 bits."""
_YEAR = 24 * 365
_MONTH = 24 * 31


class Calendar:
    """Mass by hour from `start` (microseconds since 1970), extended on demand.

    `weigh(first, last)` gives the whole-number weights of the hours first..last−1. They are shifted up so that the
    mass before hour `anchor` is close to 2^52: fine enough for a microsecond, exact in a double. `shift`: by how much.
    """

    def __init__(self, start: int, anchor: int, weigh: Callable[[int, int], I64]) -> None:
        self.start = start
        self.anchor = anchor
        self._weigh = weigh
        self._lock = Lock()
        weights = weigh(0, anchor)
        self.shift = max(0, _TOTAL_BITS - int(weights.sum()).bit_length())
        self.edges = np.concatenate([np.zeros(1, np.int64), np.cumsum(weights << self.shift)])
        self.total = int(self.edges[-1])

    def reach_hour(self, hour: int) -> I64:
        """The edges, at least up to the end of `hour`. Raises ConfigError if they cannot reach so far."""
        while len(self.edges) < hour + 2:
            self._grow(hour + 1)
        return self.edges

    def reach_mass(self, mass: int) -> I64:
        """The edges, at least up to the hour in which `mass` lies. Raises ConfigError if they cannot reach so far."""
        while int(self.edges[-1]) <= mass:
            self._grow(len(self.edges))
        return self.edges

    def _grow(self, until: int) -> None:
        """Grow up to hour `until`, and beyond by a year or as much again as there is, as far as it fits."""
        with self._lock:
            known = len(self.edges) - 1
            if known >= until:
                return
            spare = max(_MONTH, min(_YEAR, known))
            more = self._weigh(known, max(until, known + spare)) << self.shift
            mass = float(self.edges[-1]) + np.cumsum(more.astype(np.float64))
            fits = int(np.searchsorted(mass, _MOST))
            if known + fits < until:
                raise ConfigError(
                    f"rows made for {self.anchor // 24} days cannot go on beyond {(known + fits) // 24} days",
                    hint="choose a later end_date, so that the volumes are those of more days",
                )
            self.edges = np.concatenate([self.edges, self.edges[-1] + np.cumsum(more[:fits])])


WEEK = 168
_EPOCH = datetime(1970, 1, 1)
_MASS_BITS = 50
"""The mass before the anchor has about so many bits: room for 4,000 times as much after it."""


def micros(time: datetime) -> int:
    """Microseconds since 1970 of a naive UTC time."""
    return (time - _EPOCH) // timedelta(microseconds=1)


class Timeline:
    """Arrival times of `rows` rows from start to anchor, and of those that follow at the same rate.

    rhythm: 168 whole weights below 2¹⁶, from Monday 0 h. key: of the cells that decide where in its share a row falls.
    present: how many (below 2³²) rows of another table are there at each time; arrivals grow with them, and are none
    while there are none. start and anchor are whole hours apart. rows < 2³¹.
    """

    def __init__(
        self,
        start: datetime,
        anchor: datetime,
        rows: int,
        rhythm: Sequence[int],
        key: np.uint64,
        present: Callable[[I64], I64] | None = None,
    ) -> None:
        self.rows, self._key = rows, key
        self._start, self._anchor = micros(start), micros(anchor)
        self._first_hour = start.weekday() * 24 + start.hour
        self._rhythm = np.array(rhythm, dtype=np.int64)
        self._present = present
        self._hours = (self._anchor - self._start) // HOUR
        raw = self._raw_mass(0, self._hours)
        self._shift = _MASS_BITS - int(raw.astype(object).sum()).bit_length()
        self._ends = np.concatenate([np.zeros(1, np.int64), self._shifted(raw).cumsum()])
        self.total = int(self._ends[-1])

    def _raw_mass(self, first: int, stop: int) -> I64:
        hours = np.arange(first, stop, dtype=np.int64)
        mass = self._rhythm[(hours + self._first_hour) % WEEK]
        return mass * self._present(self._start + hours * HOUR) if self._present else mass

    def _shifted(self, mass: I64) -> I64:
        return mass << self._shift if self._shift >= 0 else mass >> -self._shift

    def _reach(self, enough: Callable[[I64], bool]) -> I64:
        """The mass before each hour from the start on, extended until `enough` is true. Grows by whole spans."""
        ends = self._ends
        while not enough(ends):
            known = len(ends) - 1
            more = self._shifted(self._raw_mass(known, known + max(self._hours, WEEK))).cumsum()
            if more.min() < 0 or int(more[-1]) + int(ends[-1]) >= 2**62:
                raise UsageError("the clock is too far from the anchor: thousands of times the rows there are")
            self._ends = ends = np.concatenate([ends, more + ends[-1]])
        return ends

    def _share(self, row: I64) -> tuple[I64, I64]:
        """Where the share of each row begins on the mass axis, and how wide it is: ⌊total ÷ rows⌋ or one more."""
        turns, rest = np.divmod(row, self.rows)
        whole, part = divmod(self.total, self.rows)
        more, left = np.divmod(rest * part, self.rows)
        return turns * self.total + rest * whole + more, whole + (left + part >= self.rows)

    def times(self, numbers: U64) -> I64:
        """Microseconds since 1970 of the rows."""
        if not len(numbers):
            return np.empty(0, np.int64)
        start, width = self._share(numbers.view(np.int64))
        position = start + scaled(bits(self._key, numbers), width.view(np.uint64)).view(np.int64)
        last = int(position.max())
        ends = self._reach(lambda ends: bool(ends[-1] > last))
        hour = np.searchsorted(ends, position, side="right") - 1
        inside = (position - ends[hour]).astype(np.float64)
        inside /= (ends[hour + 1] - ends[hour]).astype(np.float64)
        inside *= HOUR
        return self._start + hour * HOUR + inside.astype(np.int64)

    def whole_before(self, times: I64) -> I64:
        """How many rows, from the first on, have all of their share at or before each time."""
        since = np.maximum(times - self._start, 0)
        hour, rest = np.divmod(since, HOUR)
        last = int(hour.max(initial=0)) + 1
        ends = self._reach(lambda ends: len(ends) > last)
        mass = (ends[hour + 1] - ends[hour]).astype(np.float64)
        inside = (rest.astype(np.float64) / HOUR * mass).astype(np.int64)
        inside -= 2  # both roundings: better one row too few than one that comes later
        position = ends[hour] + np.maximum(inside, 0)
        return self._shares_before(position)

    def _shares_before(self, position: I64) -> I64:
        """The largest n with n whole shares at or before each position."""
        if not self.rows or not self.total:
            return np.zeros(len(position), np.int64)
        guess = (position.astype(np.float64) / self.total * self.rows).astype(np.int64) - 1
        guess = np.maximum(guess, 0)
        for _ in range(3):
            guess += self._share(guess + 1)[0] <= position
        return guess

    def count(self, clock: int) -> int:
        """Rows with a time before the clock (microseconds since 1970), by bisection around a guess: times ascend."""
        if not self.rows or clock <= self._start:
            return 0
        low = int(self.whole_before(np.array([clock], np.int64))[0])
        while low and self._time(low - 1) >= clock:
            low = max(low - 64, 0)
        high = low + 4
        while self._time(high - 1) < clock:
            low, high = high, high + 64
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._time(middle) < clock else (low, middle)
        return low

    def _time(self, row: int) -> int:
        return int(self.times(np.array([row], np.uint64))[0])
