"""Relations between tables: child rows grouped by parent row, and parents drawn for foreign keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits, lane, uniform
from sbdk.synth.columns import lookup_table, scaled

I64 = NDArray[np.int64]
BLOCK = 64
"""Parents per sum in the index, which so takes an eighth of a byte for each parent."""
_STRETCH = 131_072


def expand_counts(counts: I64) -> tuple[I64, I64]:
    """For counts (2, 0, 3): the group of each item, (0, 0, 2, 2, 2), and its position there, (0, 1, 0, 1, 2).

    A cumulative sum instead of np.repeat, which is slower and holds the interpreter lock.
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    group = np.cumsum(np.bincount(ends[:-1], minlength=total)[:total])
    return group, np.arange(total) - (ends - counts).take(group)


class Groups:
    """`counts`: weights of how many children a parent has (checked, at least one count above 0); key: of that cell.

    The index, children of the first n·BLOCK parents, is extended on demand. It only caches: the number of children is a
    cell of its own.
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
        sums = self._reach(parent=int(parents.max(initial=0)))
        blocks, ends, counts = self._parents_of_blocks(parents // BLOCK, sums)
        where = np.searchsorted(blocks, parents // BLOCK) * BLOCK + parents % BLOCK
        return (ends - counts).take(where)

    def locate(self, numbers: U64) -> tuple[U64, I64]:
        """The parent of each child, and the child's place among its siblings (0-based)."""
        wanted = numbers.view(np.int64)
        sums = self._reach(child=int(wanted.max(initial=-1)))
        blocks, ends, counts = self._parents_of_blocks(np.searchsorted(sums, wanted, side="right") - 1, sums)
        where = np.searchsorted(ends, wanted, side="right")
        owner = blocks.take(where // BLOCK) * BLOCK + where % BLOCK
        return owner.view(np.uint64), wanted - (ends - counts).take(where)

    def _parents_of_blocks(self, blocks: I64, sums: I64) -> tuple[I64, I64, I64]:
        """The distinct blocks; for each parent in them the children up to and including its own, and its own."""
        distinct = np.unique(blocks)
        parents = (distinct[:, None] * BLOCK + np.arange(BLOCK)).astype(np.uint64)
        counts = self.of(parents)
        ends = counts.cumsum(axis=1) + sums.take(distinct)[:, None]
        return distinct, ends.ravel(), counts.ravel()

    def _reach(self, *, parent: int = -1, child: int = -1) -> I64:
        """The sums, at least up to a parent's or a child's row. Threads that extend them at once each extend a copy."""
        sums = self._sums
        parts, parents, children = [sums], (len(sums) - 1) * BLOCK, int(sums[-1])
        while parents <= parent or children <= child:
            counts = self.of(np.arange(parents, parents + _STRETCH, dtype=np.uint64))
            parts.append(children + counts.reshape(-1, BLOCK).sum(axis=1).cumsum())
            parents, children = parents + _STRETCH, int(parts[-1][-1])
        if len(parts) > 1:
            self._sums = sums = np.concatenate(parts)
        return sums


Weigh = Callable[[U64], NDArray[np.float64]]

REST = 1e-12
"""Probability that no candidate was accepted and the last one stands."""
MOST_ROUNDS = 2_000


def uniform_parents(key: np.uint64, rows: U64, present: int | I64) -> U64:
    """A row number below `present` for each row, all equally likely; 0 if `present` is 0."""
    return scaled(bits(key, rows), present if isinstance(present, int) else present.view(np.uint64))


def weighted_parents(keys: list[np.uint64], rows: U64, present: int | I64, weigh: Weigh) -> U64:
    """Row numbers below `present`, in proportion to `weigh`, which returns the share of the greatest weight, 0..1.

    Candidates are drawn evenly and accepted with their weight, as many rounds as there are pairs of `keys`; the last
    candidate stands. No table of parents is needed: the weights of the candidates are recomputed.
    """
    chosen = np.empty(len(rows), np.uint64)
    open_rows = np.arange(len(rows))
    for candidate_key, accept_key in zip(keys[::2], keys[1::2], strict=True):
        some = present if isinstance(present, int) else present[open_rows]
        candidates = uniform_parents(candidate_key, rows[open_rows], some)
        chosen[open_rows] = candidates
        refused = uniform(bits(accept_key, rows[open_rows])) >= weigh(candidates)
        open_rows = open_rows[refused]
        if not len(open_rows):
            break
    return chosen


def rounds_needed(weights: NDArray[np.float64]) -> int:
    """Rounds after which a row is without an accepted candidate with a probability below REST, for weights 0..1.

    Above MOST_ROUNDS if almost no candidate is ever accepted.
    """
    total = sum(int(weight * 2**32) for weight in weights)
    refused = 1.0 - total / 2**32 / max(len(weights), 1)
    rounds, left = 1, refused
    while left > REST and rounds <= MOST_ROUNDS:
        rounds, left = rounds + 1, left * refused
    return rounds
