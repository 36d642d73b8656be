"""Time measured in mass: how much of what happens lies before each hour."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError

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
