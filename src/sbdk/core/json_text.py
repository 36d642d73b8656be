"""JSON text of the values of rows: decimals keep every digit, as numbers; NaN and infinite floats are null."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any


def as_json(value: Any) -> str:
    """JSON of one value. Times in ISO 8601, bytes in hexadecimal; a value of another type is its text."""
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    for kind, write in _WRITERS.items():  # subclasses
        if isinstance(value, kind):
            return write(value)
    return encode_basestring(str(value))


def json_object(names: Sequence[str], values: Iterable[Any]) -> str:
    """One row as an object."""
    return (
        "{" + ", ".join(f"{as_json(name)}: {as_json(value)}" for name, value in zip(names, values, strict=True)) + "}"
    )


def distinct(names: Sequence[str]) -> list[str]:
    """Column names as keys of an object, a repeated one numbered: id, id_2."""
    found: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found


def _object(value: dict[Any, Any]) -> str:
    return json_object([str(key) for key in value], value.values())


def _array(value: Sequence[Any]) -> str:
    return "[" + ", ".join(map(as_json, value)) + "]"


def _float(value: float) -> str:
    return repr(value) if math.isfinite(value) else "null"


def _decimal(value: Decimal) -> str:
    return f"{value:f}" if value.is_finite() else "null"


def _time(value: datetime | date | time) -> str:
    return encode_basestring(value.isoformat())


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: _float,
    type(None): lambda _: "null",
    Decimal: _decimal,
    list: _array,
    dict: _object,
    tuple: _array,
    bytes: lambda value: f'"{value.hex()}"',
    datetime: _time,
    date: _time,
    time: _time,
}
