"""Arrow arrays of generators, with nulls where they belong, and Arrow types by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_DECIMAL = re.compile(r"decimal\((\d+), *(\d+)\)")
_OTHER_NAMES = {"timestamp": "timestamp[us]", "date": "date32", "integer": "int64", "boolean": "bool"}


def arrow_type(name: str) -> pa.DataType:
    """`string`, `int32`, `date32`, `timestamp`, `decimal(12,2)` and what else Arrow has a name for; else ValueError."""
    try:
        if match := _DECIMAL.fullmatch(name):
            return pa.decimal128(int(match[1]), int(match[2]))
        return pa.type_for_alias(_OTHER_NAMES.get(name, name))
    except ValueError:
        raise ValueError(f"no type is called {name!r}: string, int64, date32, timestamp, decimal(12,2), …") from None


def as_array(values: Any) -> pa.Array:
    """What a generator returned, as one Arrow array."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    return values if isinstance(values, pa.Array) else pa.array(values)


def only_where(values: pa.Array, keep: NDArray[np.bool_] | pa.Array) -> pa.Array:
    """The values, null where `keep` is False."""
    if pa.types.is_dictionary(values.type):
        codes = pc.if_else(keep, values.indices, pa.scalar(None, values.indices.type))
        return pa.DictionaryArray.from_arrays(codes, values.dictionary)
    return pc.if_else(keep, values, pa.scalar(None, values.type))


def encoded(values: pa.Array) -> pa.DictionaryArray:
    """The values as codes and a dictionary of distinct ones."""
    return values if pa.types.is_dictionary(values.type) else values.dictionary_encode()


def looked_up(values: pa.Array, meaning: Callable[[str], int], missing: int) -> NDArray[np.int64]:
    """meaning(value) of each value, called once for each distinct one (as text); `missing` for nulls."""
    words = encoded(values)
    meanings = [meaning(word(value)) for value in words.dictionary.to_pylist()]
    codes = words.indices.cast(pa.int64()).fill_null(len(meanings)).to_numpy(zero_copy_only=False)
    result: NDArray[np.int64] = np.array([*meanings, missing], dtype=np.int64).take(codes)
    return result


def decoded(values: pa.Array) -> pa.Array:
    """The values themselves."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def word(value: Any) -> str:
    """A value as a declaration writes it as a key: true, 3, gold."""
    return str(value).lower() if isinstance(value, bool) else str(value)
