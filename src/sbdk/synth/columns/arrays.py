"""Arrow arrays on top of NumPy's memory, where nothing is copied but what a type needs; and families of Arrow types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.core.errors import UsageError

TIMESTAMP = pa.timestamp("us")


def _fixed(dtype: pa.DataType, data: NDArray[Any], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """An array of fixed width over the bytes of `data`; `valid` False is null."""
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    length = len(data) if valid is None else len(valid)
    return pa.Array.from_buffers(dtype, length, [bitmap, pa.py_buffer(np.ascontiguousarray(data))])


def integers(data: NDArray[Any], dtype: pa.DataType | None = None, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Integers or floats of the type of `data`; or its bytes read as `dtype`, of the same width."""
    return _fixed(dtype or pa.from_numpy_dtype(data.dtype), data, valid)


def timestamps(micros: NDArray[np.int64], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Naive UTC timestamps from microseconds since 1970."""
    return _fixed(TIMESTAMP, micros, valid)


def booleans(data: NDArray[np.bool_], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Booleans, packed into bits."""
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    packed = pa.py_buffer(np.packbits(data, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(data), [bitmap, packed])


def decimals(units: NDArray[np.int64], precision: int, scale: int, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Decimals from whole units of the last digit (cents for scale 2). 128-bit two's complement, low word first."""
    words = np.empty((len(units), 2), dtype=np.int64)
    words[:, 0] = units
    np.right_shift(units, 63, out=words[:, 1])
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(units), [bitmap, pa.py_buffer(words)])


def dictionary_type(size: int, values: pa.DataType | None = None) -> pa.DictionaryType:
    """The type of a dictionary column of `size` values: the smallest signed index that holds them."""
    index = pa.int8() if size <= 128 else pa.int16() if size <= 32_768 else pa.int32()
    return pa.dictionary(index, values or pa.string())


def dictionary(
    codes: NDArray[Any], values: Sequence[Any] | pa.Array, valid: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """A dictionary-encoded column from positions in `values`."""
    words = values if isinstance(values, pa.Array) else pa.array(values)
    index_type = dictionary_type(len(words)).index_type
    index = integers(codes.astype(index_type.to_pandas_dtype(), copy=False), index_type, valid)
    return pa.DictionaryArray.from_arrays(index, words, safe=False)


_TESTS = {
    "integer": ("integer",),
    "float": ("floating",),
    "decimal": ("decimal",),
    "boolean": ("boolean",),
    "string": ("string", "large_string", "string_view"),
    "binary": ("binary", "large_binary", "binary_view", "fixed_size_binary"),
    "timestamp": ("timestamp",),
    "date": ("date",),
    "time": ("time",),
}


def family(data_type: pa.DataType) -> str:
    """integer, float, decimal, boolean, string, binary, timestamp, date or time: int8 and int64 are both an integer.

    Raises UsageError for nested and other types that have no canonical form.
    """
    if pa.types.is_dictionary(data_type):
        return family(data_type.value_type)
    for name, tests in _TESTS.items():
        if any(getattr(pa.types, f"is_{test}")(data_type) for test in tests):
            return name
    raise UsageError(f"a column of type {data_type} cannot be hashed or exported", hint=f"known: {', '.join(_TESTS)}")
