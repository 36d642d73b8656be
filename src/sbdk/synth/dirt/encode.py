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
