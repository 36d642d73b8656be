"""Lists of values in contracts as SQL: whether a value is among them, whatever types YAML gave them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sbdk.contracts.moments import as_utc
from sbdk.core.sql import literal

_NESTED = ("object", "array", "map", "vector")


def not_among(value: str, logical: str | None, values: Iterable[Any]) -> str:
    """SQL that is true where a value is there, and is none of the listed ones. `logical`: its logical type; None: it is
    compared as a text. A listed value that cannot be of the type is equal to nothing.
    """
    known = [each for each in values if each is not None]
    if value == "NULL":
        return "false"
    if not known:
        return f"{value} IS NOT NULL"
    if logical in ("integer", "number") and all(_is_number(each) for each in known):
        return f"{value} NOT IN ({', '.join(map(repr, known))})"
    if logical == "boolean" and all(isinstance(each, bool) for each in known):
        return f"{value} NOT IN ({', '.join(map(as_text, known))})"
    if logical in (None, "string", *_NESTED):
        compared = value if logical == "string" else f"CAST({value} AS VARCHAR)"
        return f"{compared} NOT IN ({_texts(known)})"
    if logical == "timestamp":
        moments = ", ".join(f"epoch_us({as_utc(as_text(each))})" for each in known)
        return f"NOT list_contains([{moments}], epoch_us({value}))"
    # NULL in a list of NOT IN would make everything valid; list_contains passes it over
    target = {"integer": "HUGEINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME"}
    kind = target[str(logical)]
    cast = ", ".join(f"TRY_CAST({literal(as_text(each))} AS {kind})" for each in known)
    return f"NOT list_contains([{cast}], CAST({value} AS {kind}))"


def among_texts(value: str, values: Sequence[Any]) -> str:
    """SQL that is true where the text of a value is one of those listed."""
    return f"CAST({value} AS VARCHAR) IN ({_texts(values)})"


def as_text(value: Any) -> str:
    """A plain value as SQL's casts write it: booleans in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(values: Iterable[Any]) -> str:
    return ", ".join(literal(as_text(each)) for each in values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
