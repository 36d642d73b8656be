"""When and in which order records are delivered: the emission order, for any span of virtual time or of positions.

A delivery is a record and a copy (0, or 1 for a duplicate) with a time not before the record's own. Emission order is
by delivery time, then copy, then record. No delivery is later than a bound, so what is delivered in a span is found by
looking back that far, and how many deliveries came before is counted, not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.columns import between, scaled
from sbdk.synth.dirt.defect_rates import I64, Mask, TableDirt
from sbdk.synth.dirt.source import Source

BLOCK = 1_024


class Duplicates:
    """The second deliveries of one table."""

    def __init__(self, dirt: TableDirt) -> None:
        self._dirt = dirt
        self._rate = Fraction(dirt.rate("duplicate")).limit_denominator(10**9)

    def _before_block(self, block: int) -> int:
        return floor(block * BLOCK * self._rate)

    def before(self, row: int) -> int:
        """How many of the records 0..row−1 are delivered twice."""
        block = row // BLOCK
        inside = self.among(block * BLOCK, row) if row % BLOCK else np.zeros(0, np.bool_)
        return self._before_block(block) + int(inside.sum())

    def among(self, start: int, stop: int) -> Mask:
        """Which of the records start..stop−1 are delivered twice."""
        if not self._rate or start >= stop:
            return np.zeros(max(stop - start, 0), np.bool_)
        first, last = start // BLOCK, -(-stop // BLOCK)
        rows = np.arange(first * BLOCK, last * BLOCK, dtype=np.int64)
        words = self._dirt.cells("duplicate", rows).reshape(-1, BLOCK)
        counts = np.diff([self._before_block(block) for block in range(first, last + 1)])
        highest = np.sort(words, axis=1)[np.arange(len(counts)), np.maximum(counts - 1, 0)]
        chosen = (words <= highest[:, None]) & (counts > 0)[:, None]
        mask: Mask = chosen.reshape(-1)[start - first * BLOCK : stop - first * BLOCK]
        return mask

    def chosen(self, rows: I64) -> Mask:
        """The same for any rows."""
        if not len(rows):
            return np.zeros(0, np.bool_)
        low, high = int(rows.min()), int(rows.max()) + 1
        return self.among(low, high).take(rows - low)


SECOND = 1_000_000
LATE = (11 * 60 * SECOND, 60 * 60 * SECOND)
"""Virtual time by which a late record is late."""
AGAIN = (SECOND, 300 * SECOND)
"""How long after the first delivery the second one comes."""
BEHIND = 8
"""An out-of-order record comes after at most so many newer ones. So rates above .7 are not quite reached."""
_STEPS = 4


@dataclass(frozen=True)
class Span:
    """Deliveries in emission order; the first has the position `start`. `at` in microseconds since 1970."""

    start: int
    row: I64
    copy: NDArray[np.int8]
    at: I64

    def cut(self, start: int, stop: int) -> Span:
        """Positions start..stop−1 of it."""
        low, high = start - self.start, stop - self.start
        return Span(start, self.row[low:high], self.copy[low:high], self.at[low:high])


class Deliveries:
    """The emission order of one table."""

    def __init__(self, source: Source, dirt: TableDirt) -> None:
        self._source, self._dirt = source, dirt
        self.duplicates = Duplicates(dirt)
        late = LATE[1] if dirt.rate("late") > 0 else 0
        self._again = AGAIN[1] if dirt.rate("duplicate") > 0 else 0
        self._behind = BEHIND if dirt.rate("out_of_order") > 0 else 0
        self._longest = max(source.latency, late, source.longest_hold) + self._again + 1

    def between(self, start: int, stop: int) -> Span:
        """What is delivered at start ≤ time < stop (microseconds)."""
        row, copy, at, before = self._candidates(start, stop)
        inside = np.flatnonzero((at >= start) & (at < stop))
        order = inside[np.argsort(at.take(inside), kind="stable")]
        return Span(before + int((at < start).sum()), row.take(order), copy.take(order), at.take(order))

    def count(self, time: int) -> int:
        """Deliveries before `time`: the position of the first that is not."""
        _, _, at, before = self._candidates(time, time)
        return before + int((at < time).sum())

    def all(self) -> int:
        """The deliveries of a table that does not grow."""
        rows = self._source.before(2**61)
        return rows + self.duplicates.before(rows)

    def time_of(self, position: int) -> int:
        """A virtual time before which no more than so many deliveries are, and not many fewer."""
        return self._time_of(position, below=True)

    def positions(self, start: int, stop: int) -> Span:
        """The deliveries start ≤ position < stop. Raises ValueError where a table without growth ends before."""
        low, high = self._time_of(start, below=True), self._time_of(stop, below=False)
        span = self.between(low, high)
        if span.start > start or span.start + len(span.row) < stop:
            raise ValueError(f"{self._source.name} has no deliveries {start} to {stop}")
        return span.cut(start, stop)

    def first_positions(self, rows: I64) -> I64:
        """The position of each record's first delivery."""
        if not len(rows):
            return rows
        at = self.first_delivery(rows)
        span = self.between(int(at.min()), int(at.max()) + 1)
        first = np.flatnonzero(span.copy == 0)
        order = first[np.argsort(span.row.take(first), kind="stable")]
        found: I64 = span.start + order.take(np.searchsorted(span.row.take(order), rows))
        return found

    def first_delivery(self, rows: I64) -> I64:
        """When each record is delivered first."""
        times = self._source.times(rows)
        at = times + self._skew(rows)
        behind = np.flatnonzero(self._falls_behind(rows, times)) if self._behind else np.zeros(0, np.int64)
        at[behind] = self._source.times(self._newer(rows[behind])) + self._source.latency + 1
        late = np.flatnonzero(self._dirt.planted("late", rows))
        at[late] = times[late] + between(self._dirt.cells("late.by", rows[late]), *LATE)
        first: I64 = np.maximum(at, self._source.release(rows))
        return first

    def _falls_behind(self, rows: I64, times: I64) -> Mask:
        """Which records are overtaken; never the first ones, which all have the same time."""
        return self._dirt.planted("out_of_order", rows) & (times > self._source.start)

    def _newer(self, rows: I64) -> I64:
        """The record after which each of these comes: some records on, one that does not fall behind itself."""
        newer = rows + between(self._dirt.cells("out_of_order.steps", rows), 1, _STEPS)
        for _ in range(BEHIND - _STEPS):
            newer += self._falls_behind(newer, self._source.times(newer)) & (newer < rows + BEHIND)
        return newer

    def _skew(self, rows: I64) -> I64:
        if not self._source.latency:
            return np.zeros(len(rows), np.int64)
        return scaled(self._dirt.cells("latency", rows), self._source.latency).view(np.int64)

    def second_delivery(self, rows: I64, first: I64) -> I64:
        """When a record that is delivered twice comes again."""
        return first + between(self._dirt.cells("duplicate.after", rows), *AGAIN)

    def _candidates(self, start: int, stop: int) -> tuple[I64, NDArray[np.int8], I64, int]:
        """Record, copy and time of all deliveries that may fall into the span, and how many others came before."""
        low, high = self._reaching(start), self._source.before(stop)
        rows = np.arange(low, max(low, high), dtype=np.int64)
        first = self.first_delivery(rows)
        twice = np.flatnonzero(self.duplicates.among(low, max(low, high)))
        second = self.second_delivery(rows[twice], first[twice])
        copy = np.concatenate([np.zeros(len(rows), np.int8), np.ones(len(twice), np.int8)])
        return (
            np.concatenate([rows, rows[twice]]),
            copy,
            np.concatenate([first, second]),
            low + self.duplicates.before(low),
        )

    def _reaching(self, time: int) -> int:
        """The first record that may be delivered at `time` or later."""
        in_time = self._source.before(time - self._longest)
        if not self._behind:
            return in_time
        return max(0, min(in_time, self._source.before(time - self._source.latency - self._again - 1) - BEHIND))

    def _time_of(self, position: int, below: bool) -> int:
        """A time with at most (or, not below, at least) so many deliveries before it, near the position."""
        row, last = int(position / (1 + self._dirt.rate("duplicate"))), -1
        while True:
            time = self._time(row)
            if not below and time == last:  # a table that does not grow ends here
                return time + self._longest + self._source.latency + BEHIND + 1
            miss, last = self.count(time) - position, time
            if miss <= 0 if below else miss >= 0:
                return time
            row += -max(miss, 8) if below else max(-miss, 8)

    def _time(self, row: int) -> int:
        if row < 0:
            return self._source.start
        return int(self._source.times(np.array([row]))[0])
