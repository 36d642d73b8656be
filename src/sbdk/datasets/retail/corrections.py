"""Updates that follow close upon another record of their entity: somebody mends what was just entered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.cells import bits
from sbdk.synth.columns import between, chance

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
CORRECTED = 0.2
"""The share of the updates that correct one of the last records."""
STEPS = 4
"""The corrected record is one of so many before."""


def corrects(key: np.uint64, rows: I64) -> I64:
    """For each record, if it is an update: how many records before is the one that it corrects; 0: none."""
    cells = bits(key, rows.view(np.uint64))
    return np.where(chance(cells, CORRECTED), between(cells << np.uint64(32), 1, STEPS), 0)


def with_corrections(entity: I64, is_new: Mask, initial: int, key: np.uint64) -> I64:
    """The entity of each record, where corrections have that of the record they correct. `initial` ones stay."""
    rows = np.arange(len(entity), dtype=np.int64)
    source = rows - np.where(is_new, 0, corrects(key, rows))
    source = np.where(source < initial, rows, source)
    while True:  # a correction may be corrected, too
        further = source.take(source)
        if np.array_equal(further, source):
            return entity.take(source)
        source = further


def corrected_by(key: np.uint64, rows: I64, is_new: Mask) -> I64:
    """By how many records later each record is corrected first; 0: it is not.

    is_new: shape (STEPS, rows), of the records after each.
    """
    first = np.zeros(len(rows), np.int64)
    for step in range(STEPS, 0, -1):
        correction = (corrects(key, rows + step) == step) & ~is_new[step - 1]
        first[correction] = step
    return first


def share_corrected(updates: float) -> float:
    """The share of records that are corrected, if this share of them are updates."""
    return 1 - (1 - updates * CORRECTED / STEPS) ** STEPS
