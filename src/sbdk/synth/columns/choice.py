"""Choices: weighted values by look-up table, and bijections of row numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits
from sbdk.synth.columns.weights import SLOTS, apportion

_LOW = np.uint64(0xFFFF)
_BLOCK = np.uint64(16)
_HUNDRED = np.uint64(100)
_ODD = (np.uint64(0x9E35), np.uint64(0x6F4B), np.uint64(0xC2B3))


def shuffled(low: U64, words: U64) -> U64:
    """A permutation of 0..65,535, another one for each word: three rounds of add, multiply by an odd number, xor-shift.

    Each of the three steps can be undone modulo 2¹⁶, so the whole is a bijection.
    """
    value = low
    for turn, odd in enumerate(_ODD):
        value = (value + (words >> np.uint64(16 * turn))) & _LOW
        value = (value * odd) & _LOW
        value = value ^ (value >> np.uint64(7 + turn))
    return value


def pair_and_number(key: np.uint64, rows: U64) -> tuple[U64, U64]:
    """(pair 0..65,535, number) ↔ row, a bijection: 256 × 256 names, and a number that stays below 100 for 6.5 M rows.

    The low 16 bits of the row are permuted to a pair, in another way for each block of 65,536 rows. The last two digits
    of the number turn the block by a hash of the pair, the digits before them are the block's.
    """
    block = rows >> _BLOCK
    pair = shuffled(rows & _LOW, bits(key, block))
    turn = (bits(key ^ _LOW, pair) >> np.uint64(32)) % _HUNDRED
    number = (block + turn) % _HUNDRED + block // _HUNDRED * _HUNDRED
    return pair, number


Codes = NDArray[np.uint8] | NDArray[np.uint16]


def lookup_table(weights: Sequence[float]) -> Codes:
    """65,536 codes (0-based positions of the weights), each as often as its weight says; uint8 up to 256 weights."""
    shares = apportion(weights)
    if len(weights) <= 256:
        return np.repeat(np.arange(len(weights), dtype=np.uint8), shares)
    return np.repeat(np.arange(len(weights), dtype=np.uint16), shares)


def given_table(weights: Sequence[Sequence[float]]) -> Codes:
    """One look-up table per condition, one after the other: shape (conditions × 65,536,). For `choose_given`."""
    return np.concatenate([lookup_table(row) for row in weights])


def choose(table: Codes, lane: NDArray[np.uint16]) -> Codes:
    """The code of each cell. `table` from `lookup_table`, `lane` from `cells.lane`."""
    return table.take(lane)


def choose_given(table: Codes, condition: NDArray[Any], lane: NDArray[np.uint16]) -> Codes:
    """The code of each cell whose weights depend on another column's code. `table` from `given_table`."""
    index = condition.astype(np.int64)
    index *= SLOTS
    index += lane
    return table.take(index)


@dataclass(frozen=True)
class Choice:
    """Values with their weights, ready to draw from: the table is made once, `codes` for every batch."""

    values: tuple[Any, ...]
    table: Codes

    @classmethod
    def of(cls, values: Sequence[Any], weights: Sequence[float]) -> Choice:
        """Weights must have passed `check_weights`."""
        return cls(tuple(values), lookup_table(weights))

    @classmethod
    def given(cls, values: Sequence[Any], weights: Sequence[Sequence[float]]) -> Choice:
        """One row of weights per code of the condition."""
        return cls(tuple(values), given_table(weights))

    def codes(self, lane: NDArray[np.uint16], condition: NDArray[Any] | None = None) -> Codes:
        """Positions in `values`."""
        return choose(self.table, lane) if condition is None else choose_given(self.table, condition, lane)
