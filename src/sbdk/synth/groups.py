"""Rows that belong to another table's rows, so many for each, in the parent's order: who owns which."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits, lane
from sbdk.synth.columns import lookup_table

I64 = NDArray[np.int64]
BLOCK = 64
"""The index keeps one sum for so many parents: an eighth of a byte each."""
_STRETCH = 131_072


class Groups:
    """`counts`: weights of how many children a parent has (checked, at least one count above 0); key: of that cell.

    The index, children of the first n·BLOCK parents, is summed up as far as it is asked for. It says nothing new: the
    number of children is a cell of its own.
    """

    def __init__(self, counts: Mapping[int, float], key: np.uint64) -> None:
        self._key = key
        codes = lookup_table(list(counts.values()))
        self._table = np.array(list(counts), dtype=np.int64).take(codes)
        self._sums = np.zeros(1, np.int64)

    def of(self, parents: U64) -> I64:
        """How many children each parent has."""
        return self._table.take(lane(bits(self._key, parents), 0))

    def before(self, parents: int) -> int:
        """Children of the first `parents` parents."""
        return int(self.before_each(np.array([parents], np.int64))[0])

    def before_each(self, parents: I64) -> I64:
        """Children of the first n parents, for each n."""
        self._grow_to_parent(int(parents.max(initial=0)))
        blocks, first, counts = self._opened(parents // BLOCK)
        where = np.searchsorted(blocks, parents // BLOCK) * BLOCK + parents % BLOCK
        return (first - counts).take(where)

    def locate(self, numbers: U64) -> tuple[U64, I64]:
        """The parent of each child, and the child's place among its siblings (0-based)."""
        wanted = numbers.view(np.int64)
        self._grow_to_child(int(wanted.max(initial=-1)))
        blocks, ends, counts = self._opened(np.searchsorted(self._sums, wanted, side="right") - 1)
        where = np.searchsorted(ends, wanted, side="right")
        owner = blocks.take(where // BLOCK) * BLOCK + where % BLOCK
        return owner.view(np.uint64), wanted - (ends - counts).take(where)

    def _opened(self, blocks: I64) -> tuple[I64, I64, I64]:
        """The blocks without repetition; for each parent in them the children up to it, and its own."""
        distinct = np.unique(blocks)
        parents = (distinct[:, None] * BLOCK + np.arange(BLOCK)).astype(np.uint64)
        counts = self.of(parents)
        ends = counts.cumsum(axis=1) + self._sums.take(distinct)[:, None]
        return distinct, ends.ravel(), counts.ravel()

    def _grow_to_parent(self, parent: int) -> None:
        while (len(self._sums) - 1) * BLOCK <= parent:
            self._grow()

    def _grow_to_child(self, child: int) -> None:
        while int(self._sums[-1]) <= child:
            self._grow()

    def _grow(self) -> None:
        """Add a stretch of parents. Two threads at once add the same, and one of the two results is kept."""
        sums = self._sums
        first = (len(sums) - 1) * BLOCK
        counts = self.of(np.arange(first, first + _STRETCH, dtype=np.uint64))
        self._sums = np.concatenate([sums, sums[-1] + counts.reshape(-1, BLOCK).sum(axis=1).cumsum()])
