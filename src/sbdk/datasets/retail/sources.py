"""The four tables as sources of streams."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.synth.dirt.defect_rates import I64
from sbdk.datasets.retail.dimensions import Dimension
from sbdk.datasets.retail.late_dimensions import Arriving, Facts
from sbdk.datasets.retail.sales import Sales


class SalesSource:
    """Sales with their returns and orphans; each is delivered up to `latency` microseconds after its event."""

    longest_hold = 0
    has_facts = True

    def __init__(self, sales: Sales, facts: Facts, latency: int) -> None:
        self.name, self.schema = sales.name, sales.schema
        self.key: tuple[str, ...] = (sales.key,)
        self.time_column: str | None = sales.time_column
        self.latency, self.start = latency, sales.start
        self._sales, self._facts = sales, facts
        self.times, self.before = sales.times, sales.before

    def rows(self, rows: I64) -> pa.RecordBatch:
        return self._sales.rows(rows, self._facts)

    def release(self, rows: I64) -> I64:
        return np.zeros(len(rows), np.int64)


class DimensionSource:
    """Records of a dimension; those of newcomers that are held back come late."""

    latency = 0

    def __init__(self, dimension: Dimension, arriving: Arriving) -> None:
        self.name, self.schema = dimension.name, dimension.schema
        self.key: tuple[str, ...] = (dimension.key,)
        self.time_column: str | None = dimension.time_column
        self.start = dimension.start
        self.longest_hold = arriving.longest
        self._dimension, self._arriving = dimension, arriving
        self.times, self.before, self.rows = dimension.times, dimension.before, dimension.rows

    def release(self, rows: I64) -> I64:
        records = self._dimension.plan.containing(int(rows.max(initial=-1)) + 1)
        return self._arriving.release(records, rows)
