"""Logical types of the standard as DuckDB has them: which types a column may have as it is, and how texts are read."""

from __future__ import annotations

import re
from typing import Any

from sbdk.contracts.moments import ZONED, from_other, read_moment
from sbdk.core.sql import literal

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
             "UHUGEINT"}  # fmt: skip
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)", re.IGNORECASE)
FAMILIES: dict[str, set[str]] = {
    "string": {"VARCHAR", "UUID", "ENUM", "BLOB", "BIT", "INTERVAL"},
    "integer": _INTEGERS,
    "number": _INTEGERS | {"FLOAT", "DOUBLE", "DECIMAL"},
    "boolean": {"BOOLEAN"},
    "date": {"DATE"},
    "time": {"TIME", "TIME WITH TIME ZONE"},
    "timestamp": {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"},
    "object": {"STRUCT", "MAP", "JSON"},
    "map": {"MAP", "STRUCT", "JSON"},
    "array": {"LIST", "ARRAY", "JSON"},
    "vector": {"LIST", "ARRAY"},
}
"""By logical type: the types of columns that hold it as it is."""
_AS_OTHER = {"UUID": "VARCHAR", "BLOB": "VARCHAR", "BIT": "VARCHAR", "INTERVAL": "VARCHAR",
             "TIME WITH TIME ZONE": "TIME"}  # fmt: skip
_WIDE = ("HUGEINT", "UBIGINT", "UHUGEINT")
_RANGES = {f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64, 128)} | {
    f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64, 128)
}
MOST = 2**126  # of literals in SQL
_GROUPS = "[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){0,6}"
_FORMATS = {
    "email": r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+",
    "uuid": r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+",
    "hostname": r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    "ipv4": r"((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)",
    "ipv6": r"([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(%s)?::((%s)|(%s:)?\d+(\.\d+){3})?".replace("%s", _GROUPS),
    "byte": r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
}


def family(kind: str) -> str:
    """The name of a DuckDB type without its parameters: DECIMAL(10,2) is DECIMAL, INTEGER[] is LIST."""
    if kind.endswith("]"):
        return "LIST" if kind.endswith("[]") else "ARRAY"
    return kind.split("(")[0].strip()


def holds(logical: str, kind: str) -> bool:
    """Whether a column of the DuckDB type `kind` holds values of the logical type as it is."""
    return family(kind) in FAMILIES[logical]


def storage(column: Any) -> str:
    """The DuckDB type into which texts of this column are read."""
    logical, options = column.logicalType, column.logicalTypeOptions or {}
    if logical == "number" and (found := _DECIMAL.fullmatch((column.physicalType or "").strip())):
        return f"DECIMAL({found[1]},{found[2]})"
    if logical == "integer":
        physical = (column.physicalType or "").strip().upper()
        by_format = {"i128": "HUGEINT", "u64": "UBIGINT", "u128": "UHUGEINT"}
        return physical if physical in _WIDE else by_format.get(options.get("format") or "", "BIGINT")
    if logical == "timestamp":
        return ZONED if options.get("timezone") else "TIMESTAMP"
    return {"string": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME"}[logical]


def read_as(column: Any, value: str, kind: str) -> str:
    """SQL of the value as its logical type; NULL where it cannot be read as that. `kind`: its DuckDB type now.

    A whole number is not read from one with a fraction, nor a number from a boolean: casts of SQL would do both.
    """
    logical = column.logicalType
    if family(kind) in _AS_OTHER and holds(logical, kind):  # DuckDB's functions of texts and times refuse these
        return f"CAST({value} AS {_AS_OTHER[family(kind)]})"
    if holds(logical, kind) or logical in ("object", "array", "map", "vector"):
        return value if holds(logical, kind) else "NULL"
    if logical == "string":
        return f"CAST({value} AS VARCHAR)"
    target, text = storage(column), family(kind) == "VARCHAR"
    cast = f"TRY_CAST({value} AS {target})"
    if logical == "integer":
        whole = rf"regexp_full_match(trim({value}), '[-+]?\d+')" if text else f"{value} = trunc({value})"
        return cast_if(whole, cast) if text or family(kind) in ("FLOAT", "DOUBLE", "DECIMAL") else "NULL"
    if logical == "number":
        finite = rf"regexp_full_match(trim({value}), '[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?')"
        return cast_if(finite, cast) if text else "NULL"
    if logical == "boolean":
        return f"CASE lower(trim({value})) WHEN 'true' THEN true WHEN 'false' THEN false END" if text else "NULL"
    return read_moment(column, value, target) if text else from_other(column, value, family(kind), target)


def cast_if(condition: str, cast: str) -> str:
    return f"CASE WHEN {condition} THEN {cast} END"


def as_re2(pattern: str) -> str:
    """A regular expression of ECMA-262, which the standard prescribes, in the spelling of RE2, which DuckDB has.

    Look-around and back-references have none; DuckDB refuses them.
    """
    named = re.sub(r"(?<!\\)\(\?<(?![=!])", "(?P<", pattern)
    return re.sub(r"\\u\{?([0-9A-Fa-f]{4,6})\}?", r"\\x{\1}", named)


def full_pattern(logical: str | None, text: str | None) -> str | None:
    """The regular expression that a whole text of this format matches; None for a format that says nothing."""
    return _FORMATS.get(text or "") if logical == "string" else None


def format_condition(logical: str, text: str, value: str) -> str | None:
    """SQL that is true where the value breaks the format; None for a format that says nothing about values."""
    if logical == "string" and text in _FORMATS:
        return f"NOT regexp_full_match({value}, {literal(_FORMATS[text])})"
    if logical == "integer" and text in _RANGES:
        low, high = _RANGES[text]
        above = "" if high > MOST else f" OR {value} > {high}"  # HUGEINT ends there, and texts are not read beyond
        return f"({value} < {low}{above})" if low > -MOST else None
    return None
