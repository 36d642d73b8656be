"""A stream: one table's records as they are delivered, by position, as text and as typed columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.columns import timestamps
from sbdk.synth.dirt.corruption import Cells, CorruptedRecord, Corruption
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.delivery_order import Deliveries, Span
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.values import with_wrong_values
from sbdk.synth.json_text import json_texts

RESCUED = "_rescued_data"
"""The column of typed records with the values, as JSON, that their types cannot hold; null for a sound record."""


def lines(batch: pa.RecordBatch, corrupted: Sequence[CorruptedRecord]) -> pa.Array:
    """Each record as a line of JSON with its line end, the corrupted ones in their corrupted form."""
    texts = {name: json_texts(batch.column(name), name).cast(pa.large_string()) for name in batch.schema.names}
    parts: list[pa.Array | pa.Scalar] = []
    for name, text in texts.items():
        parts += [pa.scalar(f"{',' if parts else '{'}{json.dumps(name, ensure_ascii=False)}:", pa.large_string()), text]
    whole = pc.binary_join_element_wise(*parts, pa.scalar("}\n", pa.large_string()), pa.scalar("", pa.large_string()))
    if not corrupted:
        return whole
    new = pa.array([record.line(_cells(texts, record.place)) for record in corrupted], pa.large_string())
    return pc.replace_with_mask(whole, _mask(corrupted, len(whole)), new)


def typed_schema(schema: pa.Schema) -> pa.Schema:
    """The columns, all nullable, and the rescued data."""
    return pa.schema([*(field.with_nullable(True) for field in schema), pa.field(RESCUED, pa.string())])


def typed(batch: pa.RecordBatch, corrupted: Sequence[CorruptedRecord]) -> pa.RecordBatch:
    """The batch in its types. Values that the types cannot hold are null, and kept in `_rescued_data`."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    rescued = pa.nulls(batch.num_rows, pa.string())
    if corrupted:
        places = pa.array([record.place for record in corrupted])
        few = batch.take(places)
        texts = {name: json_texts(few.column(name), name) for name in few.schema.names}
        texts_of_corrupted = pa.array(
            [_rescued(record, _cells(texts, index)) for index, record in enumerate(corrupted)], pa.string()
        )
        rescued = pc.replace_with_mask(rescued, _mask(corrupted, batch.num_rows), texts_of_corrupted)
        columns = {name: _without(column, name, corrupted) for name, column in columns.items()}
    return pa.RecordBatch.from_arrays([*columns.values(), rescued], schema=typed_schema(batch.schema))


def _rescued(record: CorruptedRecord, clean: Cells) -> str | None:
    if record.kind == "broken_json":
        return record.line(clean).rstrip("\n")
    kept = [(name, text) for name, text in record.cells(clean) if name == record.column]
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in kept) + "}" if kept else None


def _without(column: pa.Array, name: str, corrupted: Sequence[CorruptedRecord]) -> pa.Array:
    places = [record.place for record in corrupted if record.column == name or record.kind == "broken_json"]
    if not places:
        return column
    index = np.arange(len(column), dtype=np.int64)
    removed = np.zeros(len(column), np.bool_)
    removed[places] = True
    return column.take(pa.array(index, mask=removed))


def _cells(texts: dict[str, pa.Array], place: int) -> Cells:
    return [(name, text[place].as_py()) for name, text in texts.items()]


def _mask(corrupted: Sequence[CorruptedRecord], length: int) -> pa.Array:
    mask = np.zeros(length, np.bool_)
    mask[[record.place for record in corrupted]] = True
    return pa.array(mask)


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
