"""Which records are delivered twice: exactly floor(n × rate) of the first n blocks' records, so that positions add up.

In each block of 1,024 records those with the lowest random words are chosen. How many come before a record is
therefore known without looking at what came before its block.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np

from sbdk.synth.dirt.defect_rates import I64, Mask, TableDirt

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
