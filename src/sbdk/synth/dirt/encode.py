"""Delivered records as text and as typed columns."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.dirt.corruption import Cells, CorruptedRecord
from sbdk.synth.json_text import json_texts

RESCUED = "_rescued_data"
"""Typed records keep here, as JSON, what their types cannot hold; null for a sound record."""


def lines(batch: pa.RecordBatch, hurt: Sequence[CorruptedRecord]) -> pa.Array:
    """Each record as a line of JSON with its line end, hurt ones as they are hurt."""
    texts = {name: json_texts(batch.column(name), name).cast(pa.large_string()) for name in batch.schema.names}
    parts: list[pa.Array | pa.Scalar] = []
    for name, text in texts.items():
        parts += [pa.scalar(f"{',' if parts else '{'}{json.dumps(name, ensure_ascii=False)}:", pa.large_string()), text]
    whole = pc.binary_join_element_wise(*parts, pa.scalar("}\n", pa.large_string()), pa.scalar("", pa.large_string()))
    if not hurt:
        return whole
    new = pa.array([record.line(_cells(texts, record.place)) for record in hurt], pa.large_string())
    return pc.replace_with_mask(whole, _mask(hurt, len(whole)), new)


def typed_schema(schema: pa.Schema) -> pa.Schema:
    """The columns, all of which may be null, and the rescued data."""
    return pa.schema([*(field.with_nullable(True) for field in schema), pa.field(RESCUED, pa.string())])


def typed(batch: pa.RecordBatch, hurt: Sequence[CorruptedRecord]) -> pa.RecordBatch:
    """The batch in its types: what a hurt record holds that they cannot is null, and stands in `_rescued_data`."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    rescued = pa.nulls(batch.num_rows, pa.string())
    if hurt:
        places = pa.array([record.place for record in hurt])
        few = batch.take(places)
        texts = {name: json_texts(few.column(name), name) for name in few.schema.names}
        found = pa.array([_rescued(record, _cells(texts, index)) for index, record in enumerate(hurt)], pa.string())
        rescued = pc.replace_with_mask(rescued, _mask(hurt, batch.num_rows), found)
        columns = {name: _without(column, name, hurt) for name, column in columns.items()}
    return pa.RecordBatch.from_arrays([*columns.values(), rescued], schema=typed_schema(batch.schema))


def _rescued(record: CorruptedRecord, clean: Cells) -> str | None:
    if record.kind == "broken_json":
        return record.line(clean).rstrip("\n")
    kept = [(name, text) for name, text in record.cells(clean) if name == record.column]
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in kept) + "}" if kept else None


def _without(column: pa.Array, name: str, hurt: Sequence[CorruptedRecord]) -> pa.Array:
    places = [record.place for record in hurt if record.column == name or record.kind == "broken_json"]
    if not places:
        return column
    index = np.arange(len(column), dtype=np.int64)
    gone = np.zeros(len(column), np.bool_)
    gone[places] = True
    return column.take(pa.array(index, mask=gone))


def _cells(texts: dict[str, pa.Array], place: int) -> Cells:
    return [(name, text[place].as_py()) for name, text in texts.items()]


def _mask(hurt: Sequence[CorruptedRecord], length: int) -> pa.Array:
    mask = np.zeros(length, np.bool_)
    mask[[record.place for record in hurt]] = True
    return pa.array(mask)
