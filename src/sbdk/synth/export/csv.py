r"""CSV (RFC 4180), UTF-8, with a header.

A null is nothing between the commas, an empty text is "": PostgreSQL's convention, and how DuckDB reads it with
`allow_quoted_nulls = false` and pyarrow with `quoted_strings_can_be_null=False`. Texts and timestamps are quoted, all
else never. Timestamps are ISO 8601, 2026-01-31T12:00:00.000000, in UTC. A text that a spreadsheet would take for a
formula has an apostrophe in front (formulas.py) unless written with `raw`. Lines end with \n.
"""

from __future__ import annotations

import csv as lines
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from sbdk.synth.export.formats import Batches, Format, formats
from sbdk.synth.export.formulas import guard, unguard
from sbdk.synth.export.types import plain
from sbdk.synth.json_text import iso_timestamps
from sbdk.synth.type_family import family

_BLOCK = 1 << 22  # bytes; no row may be longer. Threads would read dozens of blocks ahead; files are read side by side


def save(batches: Batches, schema: pa.Schema, path: Path, raw: bool = False) -> None:
    written = pa.schema([pa.field(field.name, _written(field.type)) for field in schema])
    with pa_csv.CSVWriter(path, written) as writer:
        for batch in batches:
            writer.write_batch(pa.record_batch([_text(column, raw) for column in batch.columns], schema=written))


def _written(data_type: pa.DataType) -> pa.DataType:
    return pa.string() if family(data_type) in ("string", "timestamp") else data_type


def _text(column: pa.Array, raw: bool) -> pa.Array:
    """The column as the writer takes it; a dictionary's values are guarded once."""
    if pa.types.is_dictionary(column.type):
        values = _text(column.dictionary, raw)
        return pa.DictionaryArray.from_arrays(column.indices, values).dictionary_decode()
    kind = family(column.type)
    if kind == "timestamp":
        return iso_timestamps(column)
    return guard(column.cast(pa.string())) if kind == "string" and not raw else column


def load(path: Path, schema: pa.Schema, raw: bool = False) -> Batches:
    """Batches of the columns of `schema` that the file has, in its types."""
    known = set(names(path))
    types = {field.name: field.type for field in plain(schema) if field.name in known}
    convert = pa_csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    read = pa_csv.ReadOptions(block_size=_BLOCK, use_threads=False)
    parse = pa_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    with pa_csv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert) as reader:
        for batch in reader:
            yield batch if raw else _unguarded(batch)


def _unguarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = (unguard(column) if family(column.type) == "string" else column for column in batch.columns)
    return pa.record_batch(list(texts), schema=batch.schema)


def names(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        header = next(lines.reader(file), None)
    if not header:
        raise ValueError("the file is empty")
    return header


formats.register("csv", Format((".csv",), save, load, names, cannot_hold=("binary",)), module=__name__)
