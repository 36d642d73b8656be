"""The content hash once more, cell by cell in Python's integers, written from the formula in its docstring."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from hashlib import blake2b
from math import floor, isnan
from typing import Any

M = 2**64
EPOCH = datetime(1970, 1, 1)


def mix(z: int) -> int:
    z %= M
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % M
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % M
    return z ^ (z >> 31)


def key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def word(value: Any, family: str) -> int:
    if family in ("string", "binary"):
        data = value.encode() if isinstance(value, str) else value
        pieces = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]
        return len(data) + sum(mix(piece + (k + 1) * 0x9E3779B97F4A7C15) for k, piece in enumerate(pieces))
    if family == "float":
        bits = 0x7FF8000000000000 if isnan(value) else struct.unpack("<Q", struct.pack("<d", value))[0]
        return 0 if value == 0 else bits
    if family == "decimal":
        exact = Fraction(value)
        return mix(floor(exact)) + int((exact - floor(exact)) * 10**18)
    if family == "timestamp":
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        gone = naive - EPOCH
        return (gone.days * 86_400 + gone.seconds) * 10**6 + gone.microseconds
    if family == "date":
        return (value - EPOCH.date()).days
    if family == "time":
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 10**6 + value.microsecond
    return mix(value) if family == "integer" and value >= 2**63 else int(value)


def cell(value: Any, family: str, column: str) -> int:
    if value is None:
        return mix(key(f"1/null/{column}"))
    return mix(word(value, family) + key(f"1/cell/{family}/{column}"))


def slow_hash(rows: Iterable[Mapping[str, Any]], families: Mapping[str, str]) -> str:
    first = second = 0
    for row in rows:
        cells = {name: cell(row[name], family, name) for name, family in families.items()}
        first += mix(sum(cells.values()))
        second += mix(sum(value * (2 * key(f"1/odd/{name}") + 1) for name, value in cells.items()))
    return f"1-{first % M:016x}{second % M:016x}"


FAMILY_OF: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    Decimal: "decimal",
    str: "string",
    bytes: "binary",
    datetime: "timestamp",
    date: "date",
    time: "time",
}
