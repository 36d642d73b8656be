"""Whether a column's type became another, a narrower or a wider one."""

from __future__ import annotations

import re
from typing import Any

_SIZED = re.compile(r"\s*([A-Za-z][A-Za-z0-9_ ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*")
_ALIASES = {
    "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "long": "bigint", "text": "varchar",
    "string": "varchar", "char": "varchar", "numeric": "decimal", "float4": "float", "real": "float",
    "float8": "double", "double precision": "double", "bool": "boolean",
}  # fmt: skip
_ORDERS = (
    ("tinyint", "smallint", "integer", "bigint", "hugeint"),
    ("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"),
    ("float", "double"),
    ("date", "timestamp"),
)
"""Types of which each holds the values of those before it."""
_BITS = {f"{sign}{bits}": bits for sign in "iu" for bits in (8, 16, 32, 64, 128)}


def type_change(old: Any, new: Any) -> str | None:
    """type changed, narrowed or widened; None where it stayed."""
    if old.logicalType != new.logicalType:
        narrower = (old.logicalType, new.logicalType) == ("number", "integer")
        return "type narrowed" if narrower else "type changed"
    nested = new.logicalType in ("object", "array", "map")  # whose fields and items are compared one by one
    physical = None if nested else _physical(old.physicalType, new.physicalType)
    changes = {physical, _format(old, new), _zone(old, new)} - {None}
    for kind in ("type changed", "type narrowed", "type widened"):
        if kind in changes:
            return kind
    return None


def _physical(old: str | None, new: str | None) -> str | None:
    if not old or not new or _plain(old) == _plain(new):
        return None
    was, now = _parts(old), _parts(new)
    if was is None or now is None:
        return "type changed"
    if was[0] == now[0]:
        return _sizes(was[1], now[1])
    for order in _ORDERS:
        if was[0] in order and now[0] in order:
            return "type widened" if order.index(now[0]) > order.index(was[0]) else "type narrowed"
    return "type changed"


def _plain(kind: str) -> str:
    return "".join(kind.lower().split())


def _parts(kind: str) -> tuple[str, tuple[int | None, int | None]] | None:
    found = _SIZED.fullmatch(kind)
    if found is None:
        return None
    name = " ".join(found[1].lower().split())
    return _ALIASES.get(name, name), (_number(found[2]), _number(found[3]))


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _sizes(old: tuple[int | None, int | None], new: tuple[int | None, int | None]) -> str | None:
    """Of VARCHAR(n) the length; of DECIMAL(p, s) the digits before the point and those after it."""
    if old == new:
        return None
    unlimited = 1 << 30
    was, now = ((size or unlimited, scale or 0) for size, scale in (old, new))
    whole = (now[0] - now[1]) - (was[0] - was[1])
    fraction = now[1] - was[1]
    if whole >= 0 and fraction >= 0:
        return "type widened"
    return "type narrowed"


def _format(old: Any, new: Any) -> str | None:
    """The width of an integer, i32 say; the format in which moments are written."""
    was, now = ((each.logicalTypeOptions or {}).get("format") for each in (old, new))
    if was == now or new.logicalType == "string":
        return None
    if new.logicalType != "integer":
        return "type changed"
    if was and now and was[0] != now[0]:
        return "type changed"
    return "type widened" if _BITS.get(now or "", 128) > _BITS.get(was or "", 128) else "type narrowed"


def _zone(old: Any, new: Any) -> str | None:
    was, now = (bool((each.logicalTypeOptions or {}).get("timezone")) for each in (old, new))
    return "type changed" if was != now else None
