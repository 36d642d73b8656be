"""A stream: one table's records as they are delivered, by position."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from sbdk.synth.columns import timestamps
from sbdk.synth.dirt.corruption import CorruptedRecord, Corruption
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.delivery_order import Deliveries, Span
from sbdk.synth.dirt.encode import lines, typed, typed_schema
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.values import with_wrong_values


class Stream:
    """The records that one source system emits; position p is a pure function of (seed, stream, p).

    `name`: a table of the emitter. A range of positions is made without the earlier
    ones, except a bounded look-back (a virtual hour or two).
    """

    def __init__(self, emitter: Emitter, name: str, dirt: Dirt) -> None:
        self.name, self.dirt = name, dirt.of(name)
        self.source = emitter.source(name, dirt)
        self.deliveries = Deliveries(self.source, self.dirt)
        self.corruption = Corruption(self.source, self.dirt)

    @property
    def schema(self) -> pa.Schema:
        """The schema of `Chunk.typed`."""
        return typed_schema(self.source.schema)

    def count(self, time: int) -> int:
        """Records emitted before a virtual time (microseconds since 1970)."""
        return self.deliveries.count(time)

    def between(self, start: int, stop: int) -> Chunk:
        """The records emitted at start ≤ virtual time < stop."""
        return Chunk(self, self.deliveries.between(start, stop))

    def chunk(self, start: int, stop: int) -> Chunk:
        """The records at positions start..stop−1."""
        return Chunk(self, self.deliveries.positions(start, stop))

    def records(self, start: int, stop: int) -> pa.RecordBatch:
        """position (int64), emitted_at (virtual), record (the line in a landing file, with its end) of a range."""
        chunk = self.chunk(start, stop)
        position = np.arange(chunk.start, chunk.stop, dtype=np.int64)
        arrays = [pa.array(position), timestamps(chunk.span.at), chunk.lines]
        return pa.RecordBatch.from_arrays(arrays, names=["position", "emitted_at", "record"])


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of a stream, made on first use."""

    stream: Stream
    span: Span

    @property
    def start(self) -> int:
        """The position of the first record."""
        return self.span.start

    @property
    def stop(self) -> int:
        """The position after the last record."""
        return self.span.start + len(self.span.row)

    @cached_property
    def clean(self) -> pa.RecordBatch:
        """The records without any defect, but with returns and orphans, which are events."""
        return self.stream.source.rows(self.span.row)

    @cached_property
    def values(self) -> pa.RecordBatch:
        """The records with wrong values, well formed."""
        return with_wrong_values(self.clean, self.span.row, self.stream.dirt)

    @cached_property
    def corrupted(self) -> list[CorruptedRecord]:
        """The records that are malformed or have drifted."""
        return self.stream.corruption.among(self.span.row)

    @cached_property
    def lines(self) -> pa.Array:
        """The records as lines of JSON (large_string), each with its line end."""
        return lines(self.values, self.corrupted)

    @cached_property
    def typed(self) -> pa.RecordBatch:
        """The records in typed columns, with `_rescued_data`."""
        return typed(self.values, self.corrupted)
