"""Arrow types by the names that a declaration uses."""

from __future__ import annotations

import re

import pyarrow as pa

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
