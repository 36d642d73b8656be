"""Classifies emitted records: the bucket that each belongs in, its defects, and its text as emitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sbdk.synth.columns import dictionary, timestamps
from sbdk.synth.dirt.defect_rates import I64, Dirt, Mask
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.stream import Chunk, Stream
from sbdk.synth.dirt.values import planted_values
from sbdk.synth.json_text import json_texts

NEVER = np.iinfo(np.int64).max
_AFTER = 4 * 3_600_000_000
"""Time after a sale in which its parent is searched: longer than any record is held back."""


class Parents:
    """The first readable delivery of each key of the tables that `table` refers to."""

    def __init__(self, emitter: Emitter, dirt: Dirt, table: str, seen: Mapping[str, int] | None) -> None:
        self._keys = {key.column: key for key in emitter.tables[table].foreign_keys}
        self._streams = {column: Stream(emitter, key.parent, dirt) for column, key in self._keys.items()}
        self._limits = {column: self._limit(column, seen) for column in self._keys}

    def _limit(self, column: str, seen: Mapping[str, int] | None) -> int | None:
        """When the last record of the parent was emitted; None: `seen` is not given."""
        if seen is None:
            return None
        stop = seen.get(self._keys[column].parent, 0)
        return int(self._streams[column].deliveries.positions(stop - 1, stop).at[0]) if stop else -1

    def of(self, chunk: Chunk) -> tuple[dict[str, Mask], dict[str, I64]]:
        """By column: the sales delivered before their parent, and the parent's delivery time (NEVER: none in reach)."""
        unknown, resolved = {}, {}
        until = int(chunk.span.at.max(initial=chunk.stream.source.start)) + _AFTER
        for column in self._keys:
            resolved[column] = self._first(column, until).take(chunk.clean.column(column).to_numpy())
            unknown[column] = resolved[column] > chunk.span.at
        return unknown, resolved

    def held(self, unknown: Mapping[str, Mask], resolved: Mapping[str, I64]) -> Mask:
        """The sales whose parent has not been delivered yet."""
        masks = []
        for column, mask in unknown.items():
            limit = self._limits[column]
            masks.append(mask if limit is None else mask & (resolved[column] > limit))
        held: Mask = np.logical_or.reduce(masks)
        return held

    def _first(self, column: str, until: int) -> I64:
        """By key: the delivery time of its first readable record."""
        stream = self._streams[column]
        rows = np.arange(stream.source.before(until), dtype=np.int64)
        keys = stream.source.rows(rows).column(self._keys[column].parent_column).to_numpy()
        delivered = np.full(int(keys.max(initial=0)) + 1, NEVER)
        readable = ~stream.corruption.unreadable(rows)
        np.minimum.at(delivered, keys[readable], stream.deliveries.first_delivery(rows)[readable])
        return delivered


WATERMARK = 600_000_000
"""Ten minutes: a record is late when its time is further than this behind the highest time before it."""
_LOOK_BACK = 8_192
"""Positions before a range in which the highest time so far is searched; delays are a few hundred at most."""
BUCKETS = ("loaded", "quarantined", "duplicate", "late", "held")


@dataclass(frozen=True)
class ClassifiedRecords:
    """A range of positions, with a flag per record: unreadable (malformed, or a column vanished), negative (a value
    that must not be negative), repeated (a second delivery), late (behind the watermark), out_of_order (after a newer
    one). unknown: by column, the sales delivered before their parent. resolved: by column, the parent's delivery time.
    bucket: index into BUCKETS; the first that applies of quarantined, duplicate, late, held, loaded.
    """

    chunk: Chunk
    unreadable: Mask
    negative: Mask
    repeated: Mask
    late: Mask
    out_of_order: Mask
    unknown: Mapping[str, Mask]
    resolved: Mapping[str, I64]
    bucket: NDArray[np.int8]


class Classifier:
    """Classifies the records of one table. seen: by dimension, how many of its records have been emitted (default: all
    those before the record). A sale is held if its parent is not among them, and loaded if it is.
    """

    def __init__(self, emitter: Emitter, dirt: Dirt, table: str, seen: Mapping[str, int] | None = None) -> None:
        self.stream = Stream(emitter, table, dirt)
        self._parents = Parents(emitter, dirt, table, seen) if self.stream.source.is_fact else None

    def classify(self, start: int, stop: int) -> ClassifiedRecords:
        """Positions start ≤ p < stop."""
        chunk = self.stream.chunk(start, stop)
        rows = chunk.span.row
        unreadable = self.stream.corruption.unreadable(rows)
        repeated = (chunk.span.copy == 1) & ~unreadable
        negative = np.zeros(len(rows), np.bool_)
        for defect, _, mask in planted_values(self.stream.dirt, self.stream.source.schema, rows):
            negative |= mask if defect.startswith("negative") else False
        times, highest = self._times(chunk, unreadable)
        ordinary = ~unreadable & ~repeated
        late = ordinary & (times < highest - WATERMARK) & self._watched()
        out_of_order = ordinary & ~late & self._out_of_order(rows, times < highest)
        unknown, resolved = self._parents.of(chunk) if self._parents else ({}, {})
        unknown = {column: mask & ordinary for column, mask in unknown.items()}
        held = self._parents.held(unknown, resolved) if self._parents else np.zeros(len(rows), np.bool_)
        choices = [unreadable | negative, repeated, late, held]
        bucket = np.select(choices, [1, 2, 3, 4], 0).astype(np.int8)
        return ClassifiedRecords(chunk, unreadable, negative, repeated, late, out_of_order, unknown, resolved, bucket)

    def _watched(self) -> bool:
        """Has the table a watermark? Facts have one; dimensions keep their whole history."""
        return self.stream.dirt.rate("late") > 0 or self.stream.source.is_fact

    def _out_of_order(self, rows: I64, overtaken: Mask) -> Mask:
        """The records that are out of order: the overtaken ones; of facts, which latency reorders, the planted ones."""
        if self.stream.source.is_fact:
            return self.stream.dirt.planted("out_of_order", rows)
        return overtaken

    def _times(self, chunk: Chunk, unreadable: Mask) -> tuple[I64, I64]:
        """The time of each record, and the highest readable one before it."""
        times = self.stream.source.times(chunk.span.row)
        first = max(0, chunk.start - _LOOK_BACK)
        earlier = self.stream.deliveries.positions(first, chunk.start).row if first < chunk.start else times[:0]
        readable = self.stream.source.times(earlier)[~self.stream.corruption.unreadable(earlier)]
        least = np.iinfo(np.int64).min // 2
        readable_times = np.concatenate([[readable.max(initial=least)], np.where(unreadable, least, times)])
        return times, np.maximum.accumulate(readable_times)[:-1]


def buckets(
    emitter: Emitter, dirt: Dirt, table: str, start: int, stop: int, *, seen: Mapping[str, int] | None = None
) -> pa.Table:
    """table, position, key, emitted_at, bucket of each emitted record start ≤ position < stop.

    bucket: quarantined (malformed, a column vanished, a negative value), else duplicate, else late, else held (a parent
    is missing), else loaded. seen: how many records of each dimension have been emitted; without it, a record delivered
    before its parent is held, even if the parent was delivered later.
    """
    return bucket_table(table, Classifier(emitter, dirt, table, seen).classify(start, stop))


def bucket_table(table: str, records: ClassifiedRecords) -> pa.Table:
    """As `buckets`, for classified records."""
    chunk = records.chunk
    size = chunk.stop - chunk.start
    columns = {
        "table": dictionary(np.zeros(size, np.int8), [table]).cast(pa.string()),
        "position": pa.array(np.arange(chunk.start, chunk.stop)),
        "key": keys(chunk),
        "emitted_at": timestamps(chunk.span.at),
        "bucket": dictionary(records.bucket, BUCKETS).cast(pa.string()),
    }
    return pa.table(columns)


def keys(chunk: Chunk) -> pa.Array:
    """The key of each record; parts of a key of several columns are joined by /."""
    parts = [texts(chunk.clean.column(name)) for name in chunk.stream.source.key]
    return reduce(lambda left, right: pc.binary_join_element_wise(left, right, "/"), parts)


def texts(column: pa.Array) -> pa.Array:
    """Each cell as JSON text, but strings without quotes and nulls as null."""
    plain = column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
    if pa.types.is_string(plain.type):
        return plain
    if pa.types.is_timestamp(plain.type):
        written = pc.utf8_trim(json_texts(plain, ""), '"')
        return pc.if_else(pc.is_null(plain), pa.scalar(None, pa.string()), written)
    return plain.cast(pa.string())
