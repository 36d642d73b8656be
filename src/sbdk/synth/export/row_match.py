"""Found rows against expected ones by their hashes: 8 bytes per row of each side, whatever the columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.synth.export.content_hash import row_sums
from sbdk.synth.export.formats import Batches
from sbdk.synth.export.mixing import U64

NONE: U64 = np.zeros(0, np.uint64)


def row_hashes(batches: Batches) -> U64:
    """The hashes of all rows, sorted."""
    return np.sort(np.concatenate([NONE, *(row_sums(batch)[0] for batch in batches)]))


def among(hashes: U64, ordered: U64) -> NDArray[np.bool_]:
    """Which of `hashes` are in the sorted array."""
    if not len(ordered):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    return np.asarray(ordered[places] == hashes)


def key_hashes(batch: pa.RecordBatch, key: list[str]) -> U64:
    """The hash of each row's key; of the whole row if the table has none, so that nothing is matched."""
    return row_sums(batch.select(key) if key else batch)[0]


@dataclass
class Missing:
    """Expected rows that were not found as they are, and the hashes of all expected rows."""

    key: list[str]
    limit: int
    first: dict[int, tuple[int, pa.RecordBatch]] = field(default_factory=dict)  # key hash: row number and row
    _keys: list[U64] = field(default_factory=list)
    _rows: list[U64] = field(default_factory=list)

    def look(self, expected: Batches, found: U64, number: int) -> None:
        """Go through the expected rows, the first of which has that number; `found` is sorted."""
        for batch in expected:
            rows, keys = row_sums(batch)[0], key_hashes(batch, self.key)
            lost = np.flatnonzero(~among(rows, found))
            self._keys.append(keys[lost])
            self._rows.append(rows)
            for at in lost[: self.limit - len(self.first)]:
                self.first[int(keys[at])] = (number + int(at), batch.slice(at, 1))
            number += batch.num_rows

    def keys(self) -> U64:
        """Of all of them, sorted."""
        return np.sort(np.concatenate([NONE, *self._keys]))

    def expected(self) -> U64:
        """The hashes of all expected rows, sorted."""
        return np.sort(np.concatenate([NONE, *self._rows]))


@dataclass
class Surplus:
    """Found rows that should not be there: hashes that are not expected, or found twice."""

    hashes: U64
    doubled: set[int]

    @classmethod
    def of(cls, found: U64, expected: U64) -> Surplus:
        """Both sorted."""
        there, times = np.unique(found, return_counts=True)
        known = among(there, expected)
        allowed = np.searchsorted(expected, there, "right") - np.searchsorted(expected, there, "left")
        doubled = {int(row) for row in there[known & (times > allowed)][:1_000]}
        return cls(there[times > allowed], doubled)

    def rows(self, found: Batches, missing: Missing) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Each a batch of one with its key's hash: those of `missing.first`, and some that match no missing row."""
        first, lost = np.sort(np.array(list(missing.first), np.uint64)), missing.keys()
        for batch in found:
            rows, keys = row_sums(batch)[0], key_hashes(batch, missing.key)
            wrong = among(rows, self.hashes)
            changed = np.flatnonzero(wrong & among(keys, first))
            extra = (at for at in np.flatnonzero(wrong & ~among(keys, lost)) if not self._is_first(int(rows[at])))
            for at in [*changed, *(at for _, at in zip(range(missing.limit), extra, strict=False))]:
                yield batch.slice(at, 1), int(keys[at])

    def _is_first(self, row: int) -> bool:
        """Of a row found twice the first one is right."""
        first = row in self.doubled
        self.doubled.discard(row)
        return first
