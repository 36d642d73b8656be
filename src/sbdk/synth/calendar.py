"""Time measured in mass: how much of what happens lies before each hour."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
HOUR = 3_600_000_000
"""Microseconds."""
_TOTAL_BITS = 52


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
            more = self._weigh(known, known + max(hours, 24 * 31)) << self.shift
            self.edges = np.concatenate([self.edges, self.edges[-1] + np.cumsum(more)])
