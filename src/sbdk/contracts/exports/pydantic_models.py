"""A contract as a Python module of Pydantic models, one class per table; objects are classes of their own."""

from __future__ import annotations

import keyword
import re
from typing import Any

from sbdk.contracts.document import Contract, column_name
from sbdk.contracts.exports.export import (
    DECIMAL,
    Export,
    allowed_values,
    class_name,
    figures,
    is_required,
    is_unique,
    options,
    patterns,
    properties,
    references,
)
from sbdk.contracts.types import full_pattern

_TYPES = {"string": "str", "integer": "int", "boolean": "bool", "date": "date", "time": "time",
          "timestamp": "datetime", "object": "dict[str, Any]", "map": "dict[str, Any]", "array": "list[Any]",
          "vector": "list[float]"}  # fmt: skip
_LIMITS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt",
           "multipleOf": "multiple_of", "minLength": "min_length", "maxLength": "max_length", "minItems": "min_length",
           "maxItems": "max_length"}  # fmt: skip
_HEAD = '''"""Models out of the contract {} {}."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def matching(pattern: str):
    """A text in which the regular expression is found."""

    def check(value: str) -> str:
        if re.search(pattern, value) is None:
            raise ValueError(f"does not match {{pattern}}")
        return value

    return AfterValidator(check)
'''
_CLASS = '''class {}(BaseModel):
    """{}"""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

{}'''


def export(contract: Contract) -> Export:
    left_out = list(figures(contract))
    parts = [_HEAD.format(contract.name, contract.version)]
    for table in contract.tables:
        for column in properties(table):
            if is_unique(table, column):
                left_out.append(f"{table.table}.{column_name(column)}.unique")
        left_out += [f"{table.table}.{'+'.join(each.columns)}.relationship" for each in references(table)]
        doc = table.schema.description or f"A row of {table.table}."
        parts += _classes(class_name(table.table), properties(table), doc, table.table, left_out)
    return Export("\n\n".join(part.rstrip() + "\n" for part in parts), left_out)


def _classes(name: str, columns: list[Any], doc: str, path: str, left_out: list[str]) -> list[str]:
    """The class, and before it those of the objects in it."""
    inner: list[str] = []
    lines = [_field(each, name, f"{path}.{column_name(each)}", inner, left_out) for each in columns]
    told = " ".join(doc.split()).replace("\\", "\\\\").replace('"', "'")
    return [*inner, _CLASS.format(name, told, "\n".join(lines or ["    pass"]))]


def _field(column: Any, above: str, path: str, inner: list[str], left_out: list[str]) -> str:
    name = column_name(column)
    kind = _annotated(column, f"{above}{class_name(name)}", path, inner, left_out)
    attribute = name if name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_") else None
    attribute = None if attribute in _TAKEN else attribute
    more = [] if attribute else [f"alias={name!r}"]
    if not is_required(column):
        kind, more = f"{kind} | None", ["default=None", *more]
    if column.description:
        more.append(f"description={column.description!r}")
    attribute = attribute or "field_" + re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"    {attribute}: {kind}" + (f" = Field({', '.join(more)})" if more else "")


_TAKEN = {"model_config", "model_fields", "schema", "json", "dict", "copy", "validate", "construct", "date", "datetime",
          "time"}  # fmt: skip
"""Names of BaseModel, and those of types in the module, which a field of that name would hide."""


def _annotated(column: Any, name: str, path: str, inner: list[str], left_out: list[str]) -> str:
    given = options(column)
    kind = _type(column, name, path, inner, left_out)
    if kind.startswith("Literal"):
        return kind
    limits = [f"{_LIMITS[each]}={_bound(kind, value)}" for each, value in given.items() if each in _LIMITS]
    limits += _digits(column) if kind == "Decimal" else []
    marks = [f"Field({', '.join(limits)})"] if limits else []
    marks += [f"matching({pattern!r})" for pattern in patterns(column) if kind == "str"]
    if kind == "str" and (pattern := full_pattern("string", given.get("format"))):
        whole = rf"\A(?:{pattern})\Z"
        marks.append(f"matching({whole!r})")
    left_out += [
        f"{path}.{each}" for each in ("format", "uniqueItems") if each in given and kind not in ("str", "UUID")
    ]
    return f"Annotated[{kind}, {', '.join(marks)}]" if marks else kind


def _bound(kind: str, value: Any) -> str:
    """A limit as Python: of moments by their ISO form."""
    if kind == "Decimal":
        return f"Decimal({str(value)!r})"
    return f"{kind}.fromisoformat({value!r})" if kind in ("date", "datetime", "time") else repr(value)


def _digits(column: Any) -> list[str]:
    found = DECIMAL.fullmatch((column.physicalType or "").strip())
    return [f"max_digits={found[1]}", f"decimal_places={found[2] or 0}"] if found else []


def _type(column: Any, name: str, path: str, inner: list[str], left_out: list[str]) -> str:
    values = allowed_values(column)
    if values and all(isinstance(value, str | int | bool) for value in values):
        return f"Literal[{', '.join(map(repr, values))}]"
    logical = column.logicalType
    if logical == "object" and column.properties:
        doc = column.description or f"The object {path}."
        inner += _classes(name, column.properties, doc, path, left_out)
        return name
    if logical == "array" and column.items:
        items = _annotated(column.items, f"{name}Item", f"{path}[]", inner, left_out)
        return f"list[{items}]" if is_required(column.items) else f"list[{items} | None]"
    if logical == "number":
        return "Decimal" if DECIMAL.fullmatch((column.physicalType or "").strip()) else "float"
    if logical == "string" and options(column).get("format") == "uuid":
        return "UUID"
    return _TYPES.get(logical, "Any")
