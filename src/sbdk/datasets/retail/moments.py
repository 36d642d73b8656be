"""Sales at the very moment of a product's update: they get its new version, and the sale before them its old one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sbdk.datasets.retail.sale_times import SaleTimes
from sbdk.datasets.retail.valid_versions import known
from sbdk.datasets.retail.versions import I64, DimensionPlan, DimensionRecords
from sbdk.synth.calendar import HOUR

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
