"""JSON Lines: writing and reading, with ISO 8601 times."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from sbdk.export.formats import Batches, Format, formats, plain
from sbdk.synth.columns.arrays import family
from sbdk.synth.json_text import json_texts

_BLOCK = 1 << 22  # bytes; no row may be longer. Threads would read dozens of blocks ahead; files are read in parallel
_FIRST_ROWS = 100  # keys are collected over several rows, since a writer may leave nulls out


def save(batches: Batches, schema: pa.Schema, path: Path, raw: bool = False) -> None:
    with pa.OSFile(str(path), "wb") as file:
        for batch in batches:
            file.write(memoryview(_lines(batch)))


def _lines(batch: pa.RecordBatch) -> pa.Buffer | bytes:
    """The rows as one buffer of text."""
    parts: list[pa.Array | pa.Scalar] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        parts += [pa.scalar(f"{',' if parts else '{'}{json.dumps(name, ensure_ascii=False)}:", pa.large_string())]
        parts += [json_texts(column, name).cast(pa.large_string())]
    rows = pc.binary_join_element_wise(*parts, pa.scalar("}\n", pa.large_string()), pa.scalar("", pa.large_string()))
    _, _, data = rows.buffers()
    return data if data is not None else b""


def load(path: Path, schema: pa.Schema, raw: bool = False) -> Batches:
    """Batches of the columns of `schema` that the file has, in its types."""
    if not path.stat().st_size:
        return
    wanted = plain(schema)
    keys = names(path)
    known = [name for name in keys if name in wanted.names]
    unexpected = "ignore" if len(known) < len(keys) else "error"  # extra columns, or a key that only some rows have
    read = pa_json.ReadOptions(block_size=_BLOCK, use_threads=False)
    parse = pa_json.ParseOptions(explicit_schema=_readable(wanted), unexpected_field_behavior=unexpected)
    with pa_json.open_json(path, read_options=read, parse_options=parse) as reader:
        for batch in reader:
            columns = {name: _typed(batch.column(name), wanted.field(name).type) for name in known}
            yield pa.RecordBatch.from_pydict(columns)


def _readable(schema: pa.Schema) -> pa.Schema:
    """The schema for Arrow's JSON reader, which reads dates and times only as texts."""
    texts = ("date", "time")
    return pa.schema([pa.field(f.name, pa.string() if family(f.type) in texts else f.type) for f in schema])


def _typed(column: pa.Array, data_type: pa.DataType) -> pa.Array:
    if pa.types.is_time(data_type):
        return pc.binary_join_element_wise("1970-01-01T", column, "").cast(pa.timestamp("us")).cast(data_type)
    return column.cast(data_type)


def names(path: Path) -> list[str]:
    """The keys of the first rows; none if there are no rows."""
    keys: dict[str, None] = {}
    with path.open(encoding="utf-8") as file:
        for line in islice(file, _FIRST_ROWS):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"not a JSON object: {line[:60]!r}")
            keys.update(dict.fromkeys(row))
    return list(keys)


formats.register(
    "jsonl", Format((".jsonl", ".ndjson", ".json"), save, load, names, cannot_hold=("binary",)), module=__name__
)
