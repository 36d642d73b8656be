"""Which version of an entity is valid at the time of a sale, in the order of time and at the moment of an update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.retail.sale_times import SaleTimes
from sbdk.datasets.retail.versions import I64, REFERENCE_LAG, DimensionPlan, DimensionRecords
from sbdk.synth.timeline import HOUR

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


WITHIN = 1_000_000
"""A sale less than a second after an update, and the first after it, is stamped with the update's time."""


@dataclass(frozen=True)
class Moments:
    """row: sales that are stamped, ascending. time: of the update. product: the updated one."""

    records: DimensionRecords
    row: I64
    time: I64
    product: I64


class MomentsOfChange:
    """The stamped sales, as far as the products' records are made."""

    def __init__(self, times: SaleTimes, plan: DimensionPlan) -> None:
        self._times, self._plan = times, plan
        self._made: Moments | None = None

    def until(self, time: int) -> Moments:
        """Those before `time` (microseconds), and maybe some after."""
        records = self._plan.until(time)
        made = self._made
        if made is None or made.records is not records:
            self._made = made = self._find(records)
        return made

    def _find(self, records: DimensionRecords) -> Moments:
        update = np.flatnonzero(records.version > 0)
        time = records.time.take(update)
        row = self._times.rows_at(time)
        sold, before = self._times.times(row), self._times.times(np.maximum(row - 1, 0))
        product = records.entity.take(update)
        first = np.append(row[1:] != row[:-1], True)[: len(row)]  # the last update of a row
        soon = (row > 0) & (before <= time) & (time <= sold) & (sold < time + WITHIN)
        is_known = product < known(records, records.until(before))
        stamped = soon & (sold // HOUR == time // HOUR) & is_known & first  # an open hour, a known product
        chosen = np.flatnonzero(stamped)
        return Moments(records, row.take(chosen), time.take(chosen), product.take(chosen).astype(np.int64))
