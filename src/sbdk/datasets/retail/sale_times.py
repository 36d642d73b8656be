"""When sales happen: by the hour of opening, the weekday and the season.

All stores trade by one clock, six hours behind UTC all year, from 9 to 21 h. Sale k falls at random into the k-th even
share of the calendar's mass, so times ascend with k and nothing depends on where the data end.
"""

from __future__ import annotations

import numpy as np

from sbdk.synth.cells import bits
from sbdk.synth.columns import scaled
from sbdk.synth.timeline import HOUR, I64, Calendar

UTC_OFFSET = -6
"""Hours by which the stores' clock differs from UTC."""
HOUR_WEIGHTS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 6, 8, 11, 10, 8, 8, 9, 11, 12, 9, 4, 0, 0, 0)
"""Sales by hour of the stores' clock: the sum is 100."""
WEEKDAY_WEIGHTS = (88, 86, 90, 95, 112, 140, 89)
"""From Monday; the mean is 100."""
SEASON_WEIGHTS = (110, 80, 88, 96, 99, 97, 93, 93, 97, 99, 108, 140)
"""On the first of each month, linear between them; the mean is 100."""
_AVERAGE_DAY = 1_000_000
"""The mass of a day whose weekday and season weigh 100."""
BATCHES = 288
"""Batches of five minutes in a day."""
WINDOW = 600_000_000
ON_THE_MINUTE = 2_000_000
"""Sales in the first two seconds of ten minutes, counted from midnight, are stamped with the full ten minutes."""


def hour_weights(first: int, last: int) -> I64:
    """The weight of the hours first ≤ h < last, counted from 1970-01-01 00:00 UTC; an average day has 1,000,000."""
    hours = np.arange(first, last, dtype=np.int64) + UTC_OFFSET
    day = hours // 24
    weights: I64 = np.array(HOUR_WEIGHTS, np.int64).take(hours % 24)
    weights = weights * np.array(WEEKDAY_WEIGHTS, np.int64).take((day + 3) % 7)
    return weights * _season(day)


def _season(day: I64) -> I64:
    """The season's weight of days since 1970-01-01."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    begins = month.astype("datetime64[D]")
    length = ((month + 1).astype("datetime64[D]") - begins).astype(np.int64)
    since = (date - begins).astype(np.int64)
    of_month, index = np.array(SEASON_WEIGHTS, np.int64), month.astype(np.int64)
    weights: I64 = (of_month.take(index % 12) * (length - since) + of_month.take((index + 1) % 12) * since) // length
    return weights


class SaleTimes:
    """The time of each sale, microseconds since 1970.

    per_batch: sales in five minutes, on average over all hours of a year.
    """

    def __init__(self, key: np.uint64, start: int, per_batch: int) -> None:
        self.start, self._key = start, key
        first = start // HOUR
        a_day = BATCHES * max(1, per_batch)
        self._calendar = Calendar(first * HOUR, 365 * 24, lambda a, b: hour_weights(first + a, first + b) * a_day)
        self._share = _AVERAGE_DAY << self._calendar.shift
        self._first = int(self._places(np.array([start]))[0])

    def times(self, rows: I64) -> I64:
        """The time of each sale, ascending with the row."""
        if not len(rows):
            return rows
        place = self._first + rows * self._share
        place += scaled(bits(self._key, rows.astype(np.uint64)), self._share).view(np.int64)
        edges = self._calendar.reach_mass(int(place.max()))
        low = int(np.searchsorted(edges, place.min(), "right")) - 1
        high = int(np.searchsorted(edges, place.max(), "right"))
        edges = edges[low : high + 1]
        hour = np.searchsorted(edges, place, "right") - 1
        place -= edges.take(hour)
        with np.errstate(divide="ignore"):
            speed = HOUR / np.diff(edges)  # closed hours are never taken
        inside = (place * speed.take(hour)).astype(np.int64)
        hour += low
        hour *= HOUR
        inside += hour
        inside += self._calendar.start
        return np.maximum(_on_the_minute(inside), self.start)

    def rows_at(self, times: I64) -> I64:
        """The sale in whose share of the calendar each time falls; while the stores are closed, the next one."""
        return (self._places(times) - self._first) // self._share

    def before(self, time: int) -> int:
        """Sales with a time before `time`."""
        if time <= self.start:
            return 0
        since = time % WINDOW
        if 0 < since < ON_THE_MINUTE:  # all sales until then are stamped with the full ten minutes
            time += ON_THE_MINUTE - since
        row = max(0, int(self.rows_at(np.array([time]))[0]) - 2)
        return row + int((self.times(np.arange(row, row + 5)) < time).sum())

    def _places(self, times: I64) -> I64:
        """The calendar's mass before each time."""
        hour, inside = np.divmod(times - self._calendar.start, HOUR)
        edges = self._calendar.reach_hour(int(hour.max(initial=0)))
        low = edges.take(hour)
        width = (edges.take(hour + 1) - low).astype(np.float64)
        return low + (width * (inside / HOUR)).astype(np.int64)


def _on_the_minute(times: I64) -> I64:
    since = times % WINDOW
    since[since >= ON_THE_MINUTE] = 0
    times -= since
    return times
