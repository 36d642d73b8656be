"""The emission order of records, for any span of virtual time or of positions.

A delivery is a record and a copy (0, or 1 for a duplicate) with a time not before the record's own. Emission order is
by delivery time, then copy, then record. Delays are bounded, so the deliveries of a span are found by looking
back as far as the bound; the deliveries before it are counted, not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.columns import between, chance, scaled
from sbdk.synth.dirt.defect_rates import I64, Mask, TableDirt
from sbdk.synth.dirt.source import Source

BLOCK = 1_024


class Duplicates:
    """Decides which records of one table are delivered twice."""

    def __init__(self, dirt: TableDirt) -> None:
        self._dirt = dirt
        self._rate = Fraction(dirt.rate("duplicate")).limit_denominator(10**9)

    def _before_block(self, block: int) -> int:
        return floor(block * BLOCK * self._rate)

    def before(self, row: int) -> int:
        """How many of the records 0..row−1 are delivered twice."""
        block = row // BLOCK
        inside = self.in_range(block * BLOCK, row) if row % BLOCK else np.zeros(0, np.bool_)
        return self._before_block(block) + int(inside.sum())

    def in_range(self, start: int, stop: int) -> Mask:
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
        """Which of any rows are delivered twice."""
        if not len(rows):
            return np.zeros(0, np.bool_)
        low, high = int(rows.min()), int(rows.max()) + 1
        return self.in_range(low, high).take(rows - low)


SECOND = 1_000_000
LATE_DELAY = (0, 30 * 60 * SECOND)
"""Least and most virtual time by which a late record is delayed: up to three times a watermark of ten minutes."""
DUPLICATE_DELAY = (SECOND, 300 * SECOND)
"""Least and most time between the first delivery and the second."""
MOST_BEHIND = 8
"""Most newer records delivered before an out-of-order one. So rates above .7 are not quite reached."""
_STEPS = 4
_OF_OWN_KEY = 0.9


@dataclass(frozen=True)
class Span:
    """Deliveries in emission order; the first has the position `start`. `at` in microseconds since 1970."""

    start: int
    row: I64
    copy: NDArray[np.int8]
    at: I64

    def cut(self, start: int, stop: int) -> Span:
        """The positions start..stop−1 of this span."""
        low, high = start - self.start, stop - self.start
        return Span(start, self.row[low:high], self.copy[low:high], self.at[low:high])


class Deliveries:
    """The emission order of one table."""

    def __init__(self, source: Source, dirt: TableDirt) -> None:
        self._source, self._dirt = source, dirt
        self.duplicates = Duplicates(dirt)
        late = LATE_DELAY[1] if dirt.rate("late") > 0 else 0
        self._duplicate_delay = DUPLICATE_DELAY[1] if dirt.rate("duplicate") > 0 else 0
        self._behind = MOST_BEHIND if dirt.rate("out_of_order") > 0 else 0
        self._longest_delay = max(source.latency, late, source.longest_hold) + self._duplicate_delay + 1

    def between(self, start: int, stop: int) -> Span:
        """The deliveries at start ≤ time < stop (microseconds)."""
        row, copy, at, before = self._candidates(start, stop)
        inside = np.flatnonzero((at >= start) & (at < stop))
        order = inside[np.argsort(at.take(inside), kind="stable")]
        return Span(before + int((at < start).sum()), row.take(order), copy.take(order), at.take(order))

    def count(self, time: int) -> int:
        """The number of deliveries before `time`, which is the position of the next one."""
        _, _, at, before = self._candidates(time, time)
        return before + int((at < time).sum())

    def all(self) -> int:
        """The deliveries of a table that does not grow."""
        rows = self._source.before(2**61)
        return rows + self.duplicates.before(rows)

    def time_of(self, position: int) -> int:
        """A virtual time with at most `position` deliveries before it, and not many fewer."""
        return self._time_of(position, below=True)

    def positions(self, start: int, stop: int) -> Span:
        """The deliveries start ≤ position < stop. Raises ValueError beyond the end of a table that does not grow."""
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
        positions: I64 = span.start + order.take(np.searchsorted(span.row.take(order), rows))
        return positions

    def first_delivery(self, rows: I64) -> I64:
        """The time of each record's first delivery."""
        times = self._source.times(rows)
        at = times + self._skew(rows)
        if self._behind:
            behind = np.flatnonzero(self._falls_behind(rows, times))
            at[behind] = self._source.times(self._newer(rows[behind])) + self._source.latency + 1
        late = np.flatnonzero(self._dirt.planted("late", rows))
        at[late] = times[late] + between(self._dirt.cells("late.by", rows[late]), *LATE_DELAY)
        first: I64 = np.maximum(at, self._source.release(rows))
        return first

    def _falls_behind(self, rows: I64, times: I64) -> Mask:
        """Which records are delivered after newer ones; never the initial ones, which all have the same time.

        Nine in ten are records that another one of their key follows at once, as long as there are so many.
        """
        rate, share = self._dirt.rate("out_of_order"), self._source.share_corrected
        own = min(1.0, _OF_OWN_KEY * rate / share) if share else 0.0
        other = (rate - share * own) / (1 - share)
        cells = self._dirt.cells("out_of_order", rows)
        corrected = self._source.corrected_by(rows) > 0
        planted: Mask = np.where(corrected, chance(cells, own), chance(cells, other)) & (times > self._source.start)
        return planted

    def _newer(self, rows: I64) -> I64:
        """The newer record, itself not out of order, after which each of these is delivered: of its key if possible."""
        steps = self._source.corrected_by(rows)
        newer = rows + np.where(steps, steps, between(self._dirt.cells("out_of_order.steps", rows), 1, _STEPS))
        for _ in range(MOST_BEHIND - _STEPS):
            newer += self._falls_behind(newer, self._source.times(newer)) & (newer < rows + MOST_BEHIND)
        return newer

    def _skew(self, rows: I64) -> I64:
        if not self._source.latency:
            return np.zeros(len(rows), np.int64)
        return scaled(self._dirt.cells("latency", rows), self._source.latency).view(np.int64)

    def second_delivery(self, rows: I64, first: I64) -> I64:
        """The time of the second delivery of records that are delivered twice."""
        return first + between(self._dirt.cells("duplicate.after", rows), *DUPLICATE_DELAY)

    def _candidates(self, start: int, stop: int) -> tuple[I64, NDArray[np.int8], I64, int]:
        """Record, copy and time of all deliveries that may be in the span, and the number of earlier ones."""
        low, high = self._reaching(start), self._source.before(stop)
        rows = np.arange(low, max(low, high), dtype=np.int64)
        first = self.first_delivery(rows)
        twice = np.flatnonzero(self.duplicates.in_range(low, max(low, high)))
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
        in_time = self._source.before(time - self._longest_delay)
        if not self._behind:
            return in_time
        return max(
            0, min(in_time, self._source.before(time - self._source.latency - self._duplicate_delay - 1) - MOST_BEHIND)
        )

    def _time_of(self, position: int, below: bool) -> int:
        """A time near the position with at most (below) or at least (not below) `position` deliveries before it."""
        row, last = int(position / (1 + self._dirt.rate("duplicate"))), -1
        while True:
            time = self._time(row)
            if not below and time == last:  # a table that does not grow ends here
                return time + self._longest_delay + self._source.latency + MOST_BEHIND + 1
            miss, last = self.count(time) - position, time
            if miss <= 0 if below else miss >= 0:
                return time
            row += -max(miss, 8) if below else max(-miss, 8)

    def _time(self, row: int) -> int:
        if row < 0:
            return self._source.start
        return int(self._source.times(np.array([row]))[0])
