"""Weighted choices by look-up: 65,536 slots shared out among the values, drawn with one 16-bit lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SLOTS = 65_536


def total(weights: Iterable[float]) -> float:
    """The sum from left to right: `sum` compensates for rounding from Python 3.12 on, and would give other slots."""
    result = 0.0
    for weight in weights:
        result += weight
    return result


def apportion(weights: Sequence[float], slots: int = SLOTS) -> list[int]:
    """Whole slots in proportion to `weights`, by largest remainder (Hamilton's method), ties to the earlier value.

    IEEE division and sums in the given order only, so the same on every machine.
    """
    whole = total(weights)
    shares = [weight / whole * slots for weight in weights]
    counts = [int(share) for share in shares]
    remainders = [(counts[i] - share, i) for i, share in enumerate(shares) if share > 0]
    for _, i in sorted(remainders)[: slots - sum(counts)]:
        counts[i] += 1
    return counts


class Choice:
    """Values 0..n−1 drawn with one of several sets of weights (`profiles`); `slots` has a row for each profile."""

    def __init__(self, *profiles: Sequence[float]) -> None:
        self.counts = [apportion(weights) for weights in profiles]
        values = np.arange(len(self.counts[0]), dtype=np.uint8)
        self.slots = np.concatenate([np.repeat(values, counts) for counts in self.counts])

    def draw(self, lane: NDArray[np.uint16], profile: NDArray[np.integer] | int = 0) -> NDArray[np.uint8]:
        """The value of each lane under its profile."""
        if isinstance(profile, int):
            return self.slots.take(lane.astype(np.intp) + profile * SLOTS)
        return self.slots.take((profile.astype(np.intp) << 16) + lane)
