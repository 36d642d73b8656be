"""Seasonality of sales: hour of the week, day of the year, and a random daily mood of the market."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits, cell_key, lane

I64 = NDArray[np.int64]
DAY = 86_400_000_000
WEEKDAYS = (90, 86, 90, 100, 122, 140, 72)
"""Monday to Sunday."""
HOURS = (3, 2, 1, 1, 1, 2, 6, 12, 20, 34, 40, 42, 46, 44, 40, 40, 44, 50, 50, 46, 44, 36, 22, 10)
MONTHS = (880, 820, 850, 880, 900, 950, 880, 900, 1060, 1010, 1180, 1650)
"""In the middle of each month, from January on; straight lines between."""
RHYTHM = tuple(day * hour for day in WEEKDAYS for hour in HOURS)
_NOISE = 0.30
"""The market's mood is triangular between 1 − .30 and 1 + .30: a standard deviation of 12 %."""
_THURSDAY = 3
"""1970-01-01, as a weekday from Monday = 0."""


class Seasonality:
    """Weights of days, whole numbers below 2³²; `day` counts from 1970."""

    def __init__(self, seed: int) -> None:
        self._key = cell_key(seed, "sales", "market")

    def weight(self, days: I64) -> I64:
        """Of the day, whatever its weekday: the time of the year times the mood."""
        return yearly(days) * self._mood(days)

    def at(self, times: I64) -> I64:
        """The same, by microseconds since 1970."""
        return self.weight(times // DAY)

    def mass(self, days: I64) -> NDArray[np.float64]:
        """Of the whole day, its weekday included."""
        weekday = np.array(WEEKDAYS).take((days + _THURSDAY) % 7)
        return (weekday * self.weight(days)).astype(np.float64)

    def _mood(self, days: I64) -> I64:
        word: U64 = bits(self._key, days.view(np.uint64))
        both = lane(word, 0).astype(np.int64) + lane(word, 1)
        low, span = round(1000 * (1 - _NOISE)), round(2000 * _NOISE)
        return low + (both * span >> 17)


def yearly(days: I64) -> I64:
    """12 × MONTHS on the 15th of each month, straight lines between, in whole numbers."""
    shifted = (days - 14).astype("datetime64[D]")
    month = shifted.astype("datetime64[M]")
    into = (shifted - month.astype("datetime64[D]")).astype(np.int64)
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    number = month.astype(np.int64) % 12
    knots = np.array(MONTHS, dtype=np.int64) * 12
    current, following = knots.take(number), knots.take((number + 1) % 12)
    weights: I64 = current + (following - current) * into // length
    return weights
