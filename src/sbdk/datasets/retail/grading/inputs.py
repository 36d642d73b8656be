"""The number of received records of the retail streams, and the answer key for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.datasets.retail.truth import scd2
from sbdk.synth.answer_key import BUCKETS, ClassifiedRecords, Classifier, defect_table
from sbdk.synth.columns import dictionary, timestamps
from sbdk.synth.dirt import Dirt
from sbdk.synth.dirt.delivery_order import Span
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.stream import Chunk
from sbdk.synth.streams.landing import landed, landed_positions

STREAMS = ("stores", "customers", "products", "sales")
_CHUNK = 200_000


def received_records(landing: Path, read: Collection[str] | None) -> dict[str, int]:
    """By stream, how many records were received: to the end of the landing files, or of those that were read.

    read: paths of landing files that a build has read, of which the last two parts count; None where that is not known.
    """
    positions = landed_positions(landing, STREAMS)
    if read is None:
        return positions
    names = {tuple(Path(name).parts[-2:]) for name in read}
    for stream in STREAMS:
        stops = [stop for _, stop, path in landed(landing / stream) if (stream, path.name) in names]
        if stops:
            positions[stream] = max(stops)
    return positions


def truth_tables(
    emitter: Emitter, dirt: Dirt, received: Mapping[str, int], landing: Path | None = None
) -> dict[str, pa.Table]:
    """The answer key for the first `received` records of each stream, as `grade` takes it.

    landing: the folder with their files, which the right source_file is taken from.
    """
    classifiers = {stream: Classifier(emitter, dirt, stream, received) for stream in STREAMS}
    spans = [
        (stream, start, min(start + _CHUNK, received[stream]))
        for stream in STREAMS
        for start in range(0, max(received[stream], 1), _CHUNK)
    ]

    def classify(span: tuple[str, int, int]) -> tuple[str, pa.Table, pa.Table, pa.Table | None]:
        stream, start, stop = span
        classified = classifiers[stream].classify(start, stop)
        sales = _sales(classified) if stream == "sales" else None
        return stream, _records(classified), defect_table(stream, classified), sales

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(classify, spans))
    tables = {f"records_{stream}": pa.concat_tables([r for s, r, _, _ in parts if s == stream]) for stream in STREAMS}
    tables["defects"] = pa.concat_tables([defects for _, _, defects, _ in parts])
    tables["sales"] = pa.concat_tables([sales for *_, sales in parts if sales is not None])
    for stream in STREAMS[:-1]:
        tables[f"history_{stream}"] = scd2(emitter, dirt, stream, 0, received[stream])
    tables["files"] = _files(landing)
    return tables


_FILES = pa.schema([("stream", pa.string()), ("first", pa.int64()), ("stop", pa.int64()), ("name", pa.string())])


def _files(landing: Path | None) -> pa.Table:
    """Which landing file holds which positions."""
    found = [
        (stream, first, stop, path.name)
        for stream in STREAMS
        for first, stop, path in (landed(landing / stream) if landing else ())
    ]
    columns = zip(*found, strict=True) if found else ([] for _ in _FILES)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, _FILES, strict=True)], _FILES)


def _sales(classified: ClassifiedRecords) -> pa.Table:
    """position, bucket, readable, and the columns of each sale, clean."""
    chunk = classified.chunk
    columns = {name: _plain(chunk.clean.column(name)) for name in chunk.clean.schema.names}
    return pa.table(
        {
            "position": pa.array(np.arange(chunk.start, chunk.stop, dtype=np.int64)),
            "bucket": dictionary(classified.bucket, BUCKETS).cast(pa.string()),
            "readable": pa.array(~classified.unreadable),
            **columns,
        }
    )


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def _records(classified: ClassifiedRecords) -> pa.Table:
    """position, key, time, bucket of each record; and its text, of those that belong in quarantine."""
    chunk = classified.chunk
    source = chunk.stream.source
    times = np.zeros(len(chunk.span.row), np.int64) if source.is_fact else source.times(chunk.span.row)
    return pa.table(
        {
            "position": pa.array(np.arange(chunk.start, chunk.stop, dtype=np.int64)),
            "key": chunk.clean.column(source.key[0]),
            "time": timestamps(times),
            "bucket": dictionary(classified.bucket, BUCKETS).cast(pa.string()),
            "record": _texts(classified),
        }
    )


def _texts(classified: ClassifiedRecords) -> pa.Array:
    """The lines of the records that are to be quarantined; null for the others."""
    chunk, bad = classified.chunk, classified.bucket == BUCKETS.index("quarantined")
    few = Chunk(chunk.stream, Span(0, *(column[bad] for column in (chunk.span.row, chunk.span.copy, chunk.span.at))))
    nothing = pa.nulls(len(bad), pa.large_string())
    return pc.replace_with_mask(nothing, pa.array(np.asarray(bad)), few.lines) if bad.any() else nothing
