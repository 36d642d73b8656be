"""Options of arrays and objects as SQL, for lists, structs, maps, and the JSON in which some of them are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbdk.contracts.types import family
from sbdk.core.sql import literal

JSON_TYPES = {"array": "ARRAY", "object": "OBJECT", "map": "OBJECT"}
_ARRAYS = ("minItems", "maxItems", "uniqueItems")
_OBJECTS = ("minProperties", "maxProperties", "required")


def nested_option(value: str, kind: str, name: str, limit: Any, fields: Mapping[str, str]) -> tuple[str | None, str]:
    """SQL that is true where an array or object breaks an option, None where none can; and why. `fields`: of a struct,
    the SQL of its fields by name."""
    found: tuple[str | None, str] = (None, "")
    if name in _ARRAYS:
        found = _of_array(value, kind, name, limit)
    elif name in _OBJECTS:
        found = _of_object(value, kind, name, limit, fields)
    broken, reason = found
    if broken and family(kind) == "JSON":  # JSON of another type breaks the type, and nothing else
        of_type = "ARRAY" if name in _ARRAYS else "OBJECT"
        broken = f"(json_type({value}) = {literal(of_type)} AND {broken})"
    return broken, reason


def _of_array(value: str, kind: str, name: str, limit: Any) -> tuple[str | None, str]:
    is_json = family(kind) == "JSON"
    if name == "uniqueItems":
        items = f"from_json({value}, '[\"JSON\"]')" if is_json else value
        given = f"list_filter({items}, lambda i: i IS NOT NULL)"
        return (f"len(list_distinct({items})) < len({given})" if limit is True else None), "has an item twice"
    counted = f"json_array_length({value})" if is_json else f"len({value})"
    less = name == "minItems"
    return f"{counted} {'<' if less else '>'} {int(limit)}", f"has {'fewer' if less else 'more'} than {limit} items"


def _of_object(value: str, kind: str, name: str, limit: Any, fields: Mapping[str, str]) -> tuple[str | None, str]:
    if name == "required":
        absent = [_absent(value, kind, each, fields) for each in limit]
        return (f"({' OR '.join(absent)})" if absent else None), f"lacks one of {', '.join(limit)}"
    counted = {
        "JSON": f"len(json_keys({value}))",
        "MAP": f"cardinality({value})",
        "STRUCT": " + ".join(f"({field} IS NOT NULL)::INTEGER" for field in fields.values()) or "0",
    }[family(kind)]
    less = name == "minProperties"
    reason = f"has {'fewer' if less else 'more'} than {limit} properties"
    return f"({value} IS NOT NULL AND {counted} {'<' if less else '>'} {int(limit)})", reason


def _absent(value: str, kind: str, name: str, fields: Mapping[str, str]) -> str:
    if family(kind) == "JSON":
        return f"({value} IS NOT NULL AND json_extract({value}, {literal(f'$.{name}')}) IS NULL)"
    if family(kind) == "MAP":
        return f"({value} IS NOT NULL AND NOT map_contains({value}, {literal(name)}))"
    return f"({value} IS NOT NULL AND {fields[name]} IS NULL)" if name in fields else f"{value} IS NOT NULL"
