"""Binomial numbers, exactly: whole random bits and nothing else, so the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits

I64 = NDArray[np.int64]
PRECISION = 20
"""A probability is a whole number of 2⁻²⁰."""
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


def binomial(key: np.uint64, rows: U64, trials: I64, chances: I64) -> I64:
    """How many of `trials` (0..2¹⁶) succeed, each with the probability chances ÷ 2²⁰; one cell for each row.

    A trial succeeds if a uniform number, whose binary digits are drawn one by one, is below the probability. At the
    first digit in which the two differ the trial is decided: for those that go on, the number of ones among so many
    fair bits is the bit count of so many random bits. Twice as many bits as trials are used, and the law is exact.
    """
    won = np.zeros(len(rows), np.int64)
    undecided = trials.astype(np.int64)
    base = rows << np.uint64(20)
    for digit in range(PRECISION):
        ones = _fair(key, base | np.uint64(digit << 12), undecided)
        one = (chances >> (PRECISION - 1 - digit)) & 1 == 1
        won += np.where(one, undecided - ones, 0)
        undecided = np.where(one, ones, undecided - ones)
    return won


def _fair(key: np.uint64, counter: U64, wanted: I64) -> I64:
    """The number of ones among so many random bits of each row; those with the most bits first, so slices suffice."""
    order = np.argsort(-wanted, kind="stable")
    falling, counter = -wanted.take(order), counter.take(order)
    ones = np.zeros(len(wanted), np.int64)
    begun = len(wanted) - int((wanted == 0).sum())
    for word in range(-(-int(wanted.max(initial=0)) // 64)):
        whole = int(np.searchsorted(falling, -64 * (word + 1), side="right"))
        random = bits(key, counter[:begun] + np.uint64(word))
        random[whole:] &= _ONES >> (64 * (word + 1) + falling[whole:begun]).astype(np.uint64)
        ones[:begun] += np.bitwise_count(random)
        begun = int(np.searchsorted(falling, -64 * (word + 1), side="left"))
    result = np.empty_like(ones)
    result[order] = ones
    return result
