"""Columns unique by construction: bijections from row numbers to pairs of names with a number."""

from __future__ import annotations

import numpy as np

from sbdk.synth.cells import U64, bits

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
