"""The sources of streams: records by number, whose times ascend with the number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import pyarrow as pa

from sbdk.core.errors import ConfigError
from sbdk.synth.dirt.defect_rates import I64, Dirt
from sbdk.synth.table import Table, TableSet
from sbdk.synth.timeline import micros

_EPOCH = datetime(1970, 1, 1)
_SECOND = 1_000_000


class Source(Protocol):
    """One table's records, by 0-based number. Times are microseconds since 1970.

    latency: every record is delivered up to so many microseconds after its time. longest_hold: a record is released at
    most so long after its time. start: no record has a time before it. is_fact: records refer to entities of other
    streams, which may come later; they have a watermark, and may be returns. share_corrected: of the records that
    another one of their key follows at once.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    time_column: str | None
    latency: int
    longest_hold: int
    start: int
    is_fact: bool
    share_corrected: float

    def times(self, rows: I64) -> I64:
        """The time of each record."""

    def before(self, time: int) -> int:
        """Records with a time before `time`."""

    def rows(self, rows: I64) -> pa.RecordBatch:
        """The records of any numbers, in the given order."""

    def release(self, rows: I64) -> I64:
        """The earliest delivery of each record; 0 where nothing holds it back."""

    def corrected_by(self, rows: I64) -> I64:
        """How many records after each comes the next one of its key, if it follows at once (at most 4); else 0."""


class Emitter(TableSet, Protocol):
    """Tables that can be emitted as streams: one data set, or several together."""

    def default_rates(self) -> Mapping[str, Mapping[str, float]]:
        """The default dirt of the tables, {table: {defect: rate}}."""

    def source(self, table: str, dirt: Dirt) -> Source:
        """The records of a table as they happen under this dirt, before they are corrupted."""


class TableSource:
    """A table as a source. A table without time has a record every second from its anchor on."""

    latency = longest_hold = 0
    is_fact = False
    share_corrected = 0.0

    def __init__(self, table: Table) -> None:
        self._table, self.name = table, table.name
        self.schema, self.key, self.time_column = table.schema, table.key, table.time_column
        self.start = micros(table.anchor) if self.time_column is None else micros(datetime(1900, 1, 1))
        self.count = table.count()

    def times(self, rows: I64) -> I64:
        if self.time_column is None:
            return self.start + np.minimum(rows, self.count) * _SECOND
        low, high = int(rows.min(initial=0)), int(rows.max(initial=-1)) + 1
        column = self._span(low, high).column(self.time_column).cast(pa.timestamp("us")).cast(pa.int64())
        if not len(column):  # the table stays empty, whatever the clock
            return np.full(len(rows), self.start, np.int64)
        times: I64 = column.to_numpy(zero_copy_only=False).take(rows - low, mode="clip")
        return times

    def before(self, time: int) -> int:
        if self.time_column is None:
            return min(max(-(-(time - self.start) // _SECOND), 0), self.count)
        return self._table.count(_EPOCH + timedelta(microseconds=time))

    def rows(self, rows: I64) -> pa.RecordBatch:
        low, high = int(rows.min(initial=0)), int(rows.max(initial=-1)) + 1
        return self._span(low, high).take(pa.array(rows - low))

    def release(self, rows: I64) -> I64:
        return np.zeros(len(rows), np.int64)

    def corrected_by(self, rows: I64) -> I64:
        return np.zeros(len(rows), np.int64)

    def _span(self, low: int, high: int) -> pa.RecordBatch:
        """Rows low ≤ row < high, as far as the table has them at any clock."""
        clock = self._clock_of(high)
        high = min(high, self._table.count(clock))
        parts = list(self._table.batches(low, high, clock=clock, threads=1)) if high > low else []
        return pa.concat_batches(parts) if parts else pa.RecordBatch.from_pylist([], schema=self.schema)

    def _clock_of(self, rows: int) -> datetime:
        """A clock at which the table has so many rows, or the last one to which it can be continued."""
        clock, step = self._table.anchor, timedelta(days=1)
        if self.time_column is None or self.count == 0:
            return clock
        have = self._table.count(clock)
        while have < rows and step < timedelta(days=40_000):
            try:
                have = self._table.count(clock + step)
            except ConfigError:  # a world of few days ends after some months
                return clock
            clock, step = clock + step, step * 2
        return clock
