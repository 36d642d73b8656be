"""The number of received records of the retail streams, and the answer key for them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.datasets.retail.truth import scd2, total, window_parts
from sbdk.score.session import GradedTables
from sbdk.synth.answer_key import BUCKETS, ClassifiedRecords, Classifier, defect_table
from sbdk.synth.columns import dictionary, timestamps
from sbdk.synth.dirt import Dirt
from sbdk.synth.dirt.delivery_order import Span
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.stream import Chunk
from sbdk.synth.streams.landing import landed_positions
from sbdk.targets.base import Connection

STREAMS = ("stores", "customers", "products", "sales")
_CHUNK = 200_000


def received_records(connection: Connection, tables: GradedTables, landing: Path) -> dict[str, int]:
    """By stream: one more than the highest source_position in its bronze table, else the end of its landing files."""
    positions: dict[str, int] = {}
    for stream in STREAMS:
        position = tables.column(f"bronze_{stream}", "source_position") if tables.has(f"bronze_{stream}") else None
        if position:
            relation = tables.relation(f"bronze_{stream}")
            positions[stream] = int(connection.value(f"select coalesce(max({position}) + 1, 0) from {relation}"))  # noqa: S608
    rest = [stream for stream in STREAMS if stream not in positions]
    return {**positions, **landed_positions(landing, rest)}


def truth_tables(emitter: Emitter, dirt: Dirt, received: Mapping[str, int]) -> dict[str, pa.Table]:
    """The answer key for the first `received` records of each stream, as `grade` takes it."""
    classifiers = {stream: Classifier(emitter, dirt, stream, received) for stream in STREAMS}
    spans = [
        (stream, start, min(start + _CHUNK, received[stream]))
        for stream in STREAMS
        for start in range(0, max(received[stream], 1), _CHUNK)
    ]

    def classify(span: tuple[str, int, int]) -> tuple[str, pa.Table, pa.Table, pa.Table | None]:
        stream, start, stop = span
        classified = classifiers[stream].classify(start, stop)
        window = window_parts(classified) if stream == "sales" else None
        return stream, _records(classified), defect_table(stream, classified), window

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(classify, spans))
    tables = {f"records_{stream}": pa.concat_tables([r for s, r, _, _ in parts if s == stream]) for stream in STREAMS}
    tables["defects"] = pa.concat_tables([defects for _, _, defects, _ in parts])
    tables["windows"] = total([window for *_, window in parts if window is not None])
    for stream in STREAMS[:-1]:
        tables[f"history_{stream}"] = scd2(emitter, dirt, stream, 0, received[stream])
    return tables


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
