"""CSV: writing and reading, with spreadsheet formulas escaped."""

from __future__ import annotations

import csv as lines
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sbdk.export.formats import Batches, Format, formats, plain
from sbdk.synth.json_text import iso_timestamps
from sbdk.synth.type_family import family

_BLOCK = 1 << 22  # bytes; no row may be longer. Threads would read dozens of blocks ahead; files are read side by side
_STARTS = pa.array([b"=", b"+", b"-", b"@", b"\t", b"\r", b"'"])
_RISKY = r"^('*[=+\-@\t\r])"
_GUARDED = r"^'('*[=+\-@\t\r])"


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


def guard(texts: pa.Array) -> pa.Array:
    """Texts with the apostrophe where it is needed."""
    return pc.replace_substring_regex(texts, _RISKY, r"'\1", max_replacements=1) if _suspects(texts) else texts


def unguard(texts: pa.Array) -> pa.Array:
    """The inverse of `guard`."""
    return pc.replace_substring_regex(texts, _GUARDED, r"\1", max_replacements=1) if _suspects(texts) else texts


def _suspects(texts: pa.Array) -> bool:
    """Whether any text starts with one of the characters; far cheaper than the regular expression."""
    return bool(pc.any(pc.is_in(pc.binary_slice(texts.cast(pa.binary()), 0, 1), _STARTS)).as_py())


formats.register("csv", Format((".csv",), save, load, names, cannot_hold=("binary",)), module=__name__)
