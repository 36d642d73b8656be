"""CSV: writing and reading, with spreadsheet formulas escaped."""

from __future__ import annotations

import csv as csv_lines
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sbdk.export.formats import Batches, Format, formats, plain
from sbdk.synth.columns.arrays import family
from sbdk.synth.json_text import iso_timestamps

_BLOCK = 1 << 22  # bytes; no row may be longer. Threads would read dozens of blocks ahead; files are read in parallel
_STARTS = pa.array([b"=", b"+", b"-", b"@", b"\t", b"\r", b"'"])
_FORMULA = r"^('*[=+\-@\t\r])"
_ESCAPED = r"^'('*[=+\-@\t\r])"


def save(batches: Batches, schema: pa.Schema, path: Path, raw: bool = False) -> None:
    file_schema = pa.schema([pa.field(field.name, _file_type(field.type)) for field in schema])
    with pa_csv.CSVWriter(path, file_schema) as writer:
        for batch in batches:
            writer.write_batch(pa.record_batch([_text(column, raw) for column in batch.columns], schema=file_schema))


def _file_type(data_type: pa.DataType) -> pa.DataType:
    return pa.string() if family(data_type) in ("string", "timestamp") else data_type


def _text(column: pa.Array, raw: bool) -> pa.Array:
    """The column in the type that the CSV writer accepts; a dictionary's values are escaped once."""
    if pa.types.is_dictionary(column.type):
        values = _text(column.dictionary, raw)
        return pa.DictionaryArray.from_arrays(column.indices, values).dictionary_decode()
    kind = family(column.type)
    if kind == "timestamp":
        return iso_timestamps(column)
    return escape_formulas(column.cast(pa.string())) if kind == "string" and not raw else column


def load(path: Path, schema: pa.Schema, raw: bool = False) -> Batches:
    """Batches of the columns of `schema` that the file has, in its types."""
    known = set(names(path))
    types = {field.name: field.type for field in plain(schema) if field.name in known}
    if not types:  # PyArrow would read all columns
        raise ValueError(f"it has none of the columns {', '.join(schema.names)}")
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
            yield batch if raw else _unescaped(batch)


def _unescaped(batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = (unescape_formulas(column) if family(column.type) == "string" else column for column in batch.columns)
    return pa.record_batch(list(texts), schema=batch.schema)


def names(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        header = next(csv_lines.reader(file), None)
    if not header:
        raise ValueError("the file is empty")
    other = next((mark for mark in ";\t|" if mark in header[0]), None) if len(header) == 1 else None
    if other:
        raise ValueError(f"its columns are separated by {other!r}, not by a comma")
    return header


def escape_formulas(texts: pa.Array) -> pa.Array:
    """Texts, those that look like a formula with an apostrophe before them."""
    return (
        pc.replace_substring_regex(texts, _FORMULA, r"'\1", max_replacements=1) if _may_have_formulas(texts) else texts
    )


def unescape_formulas(texts: pa.Array) -> pa.Array:
    """The inverse of `escape_formulas`."""
    return (
        pc.replace_substring_regex(texts, _ESCAPED, r"\1", max_replacements=1) if _may_have_formulas(texts) else texts
    )


def _may_have_formulas(texts: pa.Array) -> bool:
    """Whether any text starts with one of the characters; far cheaper than the regular expression."""
    return bool(pc.any(pc.is_in(pc.binary_slice(texts.cast(pa.binary()), 0, 1), _STARTS)).as_py())


formats.register("csv", Format((".csv",), save, load, names, cannot_hold=("binary",)), module=__name__)
