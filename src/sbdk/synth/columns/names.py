"""People by row number: names as frequent as in their country, and a number that keeps e-mail addresses apart.

A country's 256 first names share 1,024 slots, its last names 1,024 others. Each block of 2²⁰ rows is permuted to all
pairs of slots, so in a whole block every pair of names comes exactly as often as its shares say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits
from sbdk.synth.vocab import LOCALES, SIZE, SLOTS, Names, names

I64 = NDArray[np.int64]
_BLOCK_BITS, _SLOT_BITS = 20, 10
_BLOCK, _SLOT = np.uint64((1 << _BLOCK_BITS) - 1), np.uint64(SLOTS - 1)
_ODD = (np.uint64(0x9E375), np.uint64(0xC2B2B), np.uint64(0x6F4BD))


def permuted(low: U64, words: U64) -> U64:
    """A permutation of 0..2²⁰−1, another one for each word: three rounds of add, multiply by an odd number, xor-shift.

    Each of the three steps can be undone modulo 2²⁰, so the whole is a bijection.
    """
    value = low
    for turn, odd in enumerate(_ODD):
        value = (value + (words >> np.uint64(_BLOCK_BITS * turn))) & _BLOCK
        value = (value * odd) & _BLOCK
        value = value ^ (value >> np.uint64(_SLOT_BITS - 1 + turn))
    return value


def name_slots(key: np.uint64, rows: U64) -> tuple[I64, I64, I64]:
    """The block of each row, and its slots of a first and of a last name (0..1,023); together ↔ row, a bijection."""
    block = rows >> np.uint64(_BLOCK_BITS)
    slots = permuted(rows & _BLOCK, bits(key, block))
    return block.view(np.int64), (slots >> np.uint64(_SLOT_BITS)).view(np.int64), (slots & _SLOT).view(np.int64)


@dataclass(frozen=True)
class People:
    """Positions in the first and last names of all pools, one pool after the other; and the number of the e-mail.

    (spelling of the first name, of the last name, number) is another one for each row, whatever the rows' countries.
    """

    first: I64
    last: I64
    number: I64


class NamePools:
    """The names of one or more countries."""

    def __init__(self, pools: Sequence[Names]) -> None:
        self._first = pa.array([name for pool in pools for name in pool.first])
        self._last = pa.array([name for pool in pools for name in pool.last])
        self._first_ascii = pa.array([name for pool in pools for name in pool.first_ascii])
        self._last_ascii = pa.array([name for pool in pools for name in pool.last_ascii])
        self._family_first = np.array([pool.family_first for pool in pools])
        self._first_at, self._first_rank, self._first_ranks = _tables(pools, "first")
        self._last_at, self._last_rank, self._last_ranks = _tables(pools, "last")

    def people(self, key: np.uint64, rows: U64, pool: NDArray[np.integer] | None = None) -> People:
        """The person of each row; `pool` is the position of its country (default: the first)."""
        block, first, last = name_slots(key, rows)
        if pool is not None:
            offset = pool.astype(np.int64) * SLOTS
            first, last = first + offset, last + offset
        number = block * self._first_ranks.take(first) + self._first_rank.take(first)
        number = number * self._last_ranks.take(last) + self._last_rank.take(last)
        return People(self._first_at.take(first), self._last_at.take(last), number)

    def names(self, people: People) -> pa.StringArray:
        """As people of the country write them: Anna Berg, 佐藤 陽菜."""
        first, last = self._first.take(pa.array(people.first)), self._last.take(pa.array(people.last))
        turned = self._family_first.take(people.first // SIZE)
        if not turned.any():
            return pc.binary_join_element_wise(first, last, " ")
        mask = pa.array(turned)
        return pc.binary_join_element_wise(pc.if_else(mask, last, first), pc.if_else(mask, first, last), " ")

    def addresses(self, people: People, separator: pa.Array | str, domain: pa.Array) -> pa.StringArray:
        """first, separator, last, number (none for 0), domain: anna.berg7@example.com. The domain begins with @."""
        first, last = self._first_ascii.take(pa.array(people.first)), self._last_ascii.take(pa.array(people.last))
        return pc.binary_join_element_wise(first, separator, last, _digits(people.number), domain, "")


def _digits(number: I64) -> pa.StringArray:
    """The number as text, none for 0; by look-up where all are small, as in the first ten million rows."""
    small = _small_numbers()
    if number.max(initial=0) < len(small):
        return small.take(pa.array(number))
    return pc.if_else(pa.array(number == 0), "", pc.cast(pa.array(number), pa.string()))


@cache
def _small_numbers() -> pa.StringArray:
    return pa.array(["", *map(str, range(1, 1 << 14))])


def _tables(pools: Sequence[Names], kind: str) -> tuple[I64, I64, I64]:
    """By pool × 1,024 + slot: the name there; the slot's rank among all of its spelling; and how many those are."""
    owned = _slots_by_spelling(kind)
    at, rank, ranks = [], [], []
    for number, pool in enumerate(pools):
        spellings = getattr(pool, f"{kind}_ascii")
        for slot, position in enumerate(getattr(pool, f"{kind}_slots")):
            at.append(number * SIZE + position)
            rank.append(owned[spellings[position]].index(slot))
            ranks.append(len(owned[spellings[position]]))
    return np.array(at, np.int64), np.array(rank, np.int64), np.array(ranks, np.int64)


@cache
def _slots_by_spelling(kind: str) -> dict[str, list[int]]:
    """All slots that a spelling has in any country: rank and spelling tell the slot, without the country."""
    owned: dict[str, set[int]] = {}
    for country in LOCALES.values():
        pool = names(country)
        spellings = getattr(pool, f"{kind}_ascii")
        for slot, position in enumerate(getattr(pool, f"{kind}_slots")):
            owned.setdefault(spellings[position], set()).add(slot)
    return {spelling: sorted(slots) for spelling, slots in owned.items()}
