"""Cells as JSON text: numbers with all their digits, times as ISO 8601 texts."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import UsageError
from sbdk.synth.columns.arrays import family

_SPECIAL = r'["\\\x00-\x1f]'


def json_texts(column: pa.Array, name: str) -> pa.Array:
    """Each cell of a column as JSON text; a dictionary's values are made once."""
    if pa.types.is_dictionary(column.type):
        return _coded(column, name)
    kind = family(column.type)
    if kind == "float" and column.null_count < len(column) and not pc.all(pc.is_finite(column)).as_py():
        raise UsageError(f"the column {name!r} holds NaN or infinities, which JSON cannot", hint="use parquet or csv")
    if kind in ("string", "timestamp", "date", "time"):
        texts = iso_timestamps(column) if kind == "timestamp" else column.cast(pa.string())
        return _quoted(texts).fill_null("null")
    return column.cast(pa.string()).fill_null("null")


def _coded(column: pa.DictionaryArray, name: str) -> pa.Array:
    texts = json_texts(column.dictionary, name)
    return pa.DictionaryArray.from_arrays(column.indices, texts).dictionary_decode().fill_null("null")


def _quoted(texts: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(texts, _SPECIAL)).as_py():
        return pa.array([None if text is None else json.dumps(text, ensure_ascii=False) for text in texts.to_pylist()])
    return pc.binary_join_element_wise('"', texts, '"', "")


def iso_timestamps(times: pa.Array) -> pa.Array:
    """2026-01-31T12:00:00.000000, in UTC, for years 0 to 9999; nulls stay. ArrowInvalid if the unit is too fine."""
    texts = times.cast(pa.timestamp("us", times.type.tz)).cast(pa.timestamp("us")).cast(pa.string())
    return pc.binary_replace_slice(texts.cast(pa.binary()), 10, 11, b"T").cast(pa.string())
