"""Draws the parents of foreign keys among those present. Parents are recomputed, never stored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import U64, bits, uniform
from sbdk.synth.columns import scaled

I64 = NDArray[np.int64]
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
