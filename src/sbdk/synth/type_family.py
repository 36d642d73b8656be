"""The family of an Arrow type: its kind of value, without width, unit, scale, zone or encoding."""

from __future__ import annotations

import pyarrow as pa

from sbdk.core.errors import UsageError

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
