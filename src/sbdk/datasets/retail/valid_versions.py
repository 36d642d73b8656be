"""Which version of an entity is valid at the time of a sale, for sales in the order of time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.versions import I64, REFERENCE_LAG, DimensionRecords

_BITS = 32
_BLOCK = 8_192


def until(records: DimensionRecords, times: I64) -> I64:
    """How many records have a time ≤ each of these times, which ascend and lie within the batches."""
    low, high = np.searchsorted(records.time, times[[0, -1]], "right")
    places = np.searchsorted(times, records.time[low:high])
    counts: I64 = np.bincount(places, minlength=len(times)).cumsum()
    counts += low
    return counts


def known(records: DimensionRecords, before: I64) -> I64:
    """How many entities a sale may refer to after the first `before` records, of which there are the initial ones."""
    initial = int(np.searchsorted(records.time, records.time[0], "right"))
    return records.known.take(np.maximum(before - (REFERENCE_LAG + 1), initial)).astype(np.int64)


class ValidVersions:
    """A value of each record of a dimension, and which is valid at the time of a sale. values: by record."""

    def __init__(self, records: DimensionRecords, values: NDArray[Any]) -> None:
        self.records, self._values = records, values.take(records.by_entity)
        entity = records.entity.take(records.by_entity).astype(np.int64)
        self._keys = np.append(entity << _BITS | records.by_entity, np.iinfo(np.int64).max)

    def at(self, entity: I64, before: I64) -> NDArray[Any]:
        """The value of each entity after the first `before` records, which ascend; the entity has one there."""
        entities = len(self.records.first)
        if entities > len(entity):
            return self._values.take(self._place(entity, before))
        valid = np.empty(len(entity), self._values.dtype)
        step = max(_BLOCK, 8 * entities)
        for low in range(0, len(entity), step):
            block = slice(low, low + step)
            self._of_block(entity[block], before[block], valid[block])
        return valid

    def _of_block(self, entity: I64, before: I64, valid: NDArray[Any]) -> None:
        """As `at`, for sales in whose time few entities change."""
        each = np.arange(len(self.records.first), dtype=np.int64)
        first = np.maximum(self._place(each, before[0]), self.records.place[:-1])
        changes = self._place(each, before[-1]) > first
        self._values.take(first).take(entity, out=valid)
        changed = np.flatnonzero(changes.take(entity))
        valid[changed] = self._values.take(self._place(entity.take(changed), before.take(changed)))

    def _place(self, entity: I64, before: I64 | np.int64) -> I64:
        """The place of each entity's last record before that one; a place before its own if it has none."""
        return np.searchsorted(self._keys, entity << _BITS | before) - 1
