"""Batches of another size, of the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa


def tables_of(batches: Iterable[pa.RecordBatch], schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    """Tables of one chunk of exactly `rows` rows, the last one of what is left; no copy if that is how they come."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(waiting, schema)
        whole = count - count % rows
        for start in range(0, whole, rows):
            yield table.slice(start, rows).combine_chunks()
        waiting, count = table.slice(whole).to_batches(), count - whole
    if count:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()
