"""A permutation of 0..n−1 that can be read in both directions, for any n, without a table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sbdk.synth.cells import U64, bits

_ROUNDS = 4


class Permutation:
    """Another permutation of 0..size−1 for each key (size ≤ 2⁶²).

    Four rounds of add, multiply by an odd number, xor-shift by half the width, each of which can be undone, permute
    0..2ᵏ−1, the smallest power that holds size; what falls outside is sent through again until it is inside ("cycle
    walking": Black, Rogaway: "Ciphers with arbitrary finite domains", CT-RSA 2002), less than twice on average.
    """

    def __init__(self, key: np.uint64, size: int) -> None:
        self.size = size
        width = max((size - 1).bit_length(), 2)
        self._mask = np.uint64((1 << width) - 1)
        self._half = np.uint64((width + 1) // 2)
        words = bits(key, np.arange(2 * _ROUNDS, dtype=np.uint64))
        self._adds, self._odds = words[:_ROUNDS] & self._mask, words[_ROUNDS:] & self._mask | np.uint64(1)
        self._inverses = [np.uint64(pow(int(odd), -1, 1 << width)) for odd in self._odds]

    def forward(self, rows: U64) -> U64:
        """The place of each row."""
        return self._walk(self._once, rows)

    def backward(self, places: U64) -> U64:
        """The row at each place."""
        return self._walk(self._back, places)

    def _walk(self, step: Callable[[U64], U64], values: U64) -> U64:
        result = step(values)
        outside = np.flatnonzero(result >= self.size)
        while len(outside):
            result[outside] = step(result[outside])
            outside = outside[result[outside] >= self.size]
        return result

    def _once(self, value: U64) -> U64:
        for add, odd in zip(self._adds, self._odds, strict=True):
            value = value + add
            value *= odd
            value &= self._mask
            value ^= value >> self._half
        return value

    def _back(self, value: U64) -> U64:
        for add, inverse in zip(self._adds[::-1], self._inverses[::-1], strict=True):
            value = value ^ (value >> self._half)
            value *= inverse
            value -= add
            value &= self._mask
        return value
