"""Which version of an entity is valid at the time of a sale, for sales in the order of time."""

from __future__ import annotations

import numpy as np

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
    """The records of a dimension by entity and number, in one sorted column."""

    def __init__(self, records: DimensionRecords) -> None:
        self.records = records
        entity = records.entity.take(records.by_entity).astype(np.int64)
        self._keys = np.append(entity << _BITS | records.by_entity, np.iinfo(np.int64).max)

    def at(self, entity: I64, before: I64) -> I64:
        """The last record of each entity among the first `before` records, which ascend; the entity has one there."""
        entities = len(self.records.first)
        if entities > len(entity):
            return self._record(self._place(entity, before))
        step = max(_BLOCK, 8 * entities)
        blocks = [slice(low, low + step) for low in range(0, len(entity), step)]
        return np.concatenate([self._of_block(entity[block], before[block]) for block in blocks])

    def _of_block(self, entity: I64, before: I64) -> I64:
        """As `at`, for sales in whose time few entities change."""
        each = np.arange(len(self.records.first), dtype=np.int64)
        first = np.maximum(self._place(each, before[0]), self.records.place[:-1])
        changes = self._place(each, before[-1]) > first
        valid = self._record(first).take(entity)
        changed = np.flatnonzero(changes.take(entity))
        valid[changed] = self._record(self._place(entity.take(changed), before.take(changed)))
        return valid

    def _place(self, entity: I64, before: I64 | np.int64) -> I64:
        """The place of each entity's last record before that one; a place before its own if it has none."""
        return np.searchsorted(self._keys, entity << _BITS | before) - 1

    def _record(self, place: I64) -> I64:
        return self.records.by_entity.take(place).astype(np.int64)
