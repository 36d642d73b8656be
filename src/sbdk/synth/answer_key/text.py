"""Cells as the texts that truth tables hold."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.dirt.stream import Chunk
from sbdk.synth.json_text import json_texts


def keys(chunk: Chunk) -> pa.Array:
    """The key of each record; parts of a key of several columns are joined by /."""
    parts = [texts(chunk.clean.column(name)) for name in chunk.stream.source.key]
    return reduce(lambda left, right: pc.binary_join_element_wise(left, right, "/"), parts)


def texts(column: pa.Array) -> pa.Array:
    """Each cell as it stands in JSON, but texts without quotes and null as null."""
    plain = column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
    if pa.types.is_string(plain.type):
        return plain
    if pa.types.is_timestamp(plain.type):
        written = pc.utf8_trim(json_texts(plain, ""), '"')
        return pc.if_else(pc.is_null(plain), pa.scalar(None, pa.string()), written)
    return plain.cast(pa.string())
