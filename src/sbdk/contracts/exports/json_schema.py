"""A contract as JSON Schema 2020-12: each row of a table is one object. Several tables stand under `$defs`."""

from __future__ import annotations

import json
from typing import Any

from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.exports.export import (
    Export,
    allowed_values,
    figures,
    is_required,
    is_unique,
    options,
    patterns,
    properties,
    references,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean", "object": "object",
          "map": "object", "array": "array", "vector": "array"}  # fmt: skip
_MOMENTS = {"date": "date", "time": "time", "timestamp": "date-time"}
_FORMATS = {"email", "uuid", "uri", "hostname", "ipv4", "ipv6"}
_SAME = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
         "minItems", "maxItems", "uniqueItems")  # fmt: skip


def export(contract: Contract) -> Export:
    left_out = list(figures(contract))
    made = {table.table: _row(table, left_out) for table in contract.tables}
    if len(made) == 1:
        document = {"$schema": DIALECT, "title": contract.tables[0].table, **next(iter(made.values()))}
    else:
        document = {"$schema": DIALECT, "title": contract.name, "$defs": made}
    return Export(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n", left_out)


def _row(table: TableContract, left_out: list[str]) -> dict[str, Any]:
    for column in properties(table):
        if is_unique(table, column):
            left_out.append(f"{table.table}.{column_name(column)}.unique")
    left_out += [f"{table.table}.{'+'.join(each.columns)}.relationship" for each in references(table)]
    return _object(properties(table), f"{table.table}.", left_out, table.schema.description)


def _object(columns: list[Any], above: str, left_out: list[str], description: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", **({"description": description} if description else {})}
    made["properties"] = {column_name(each): _value(each, f"{above}{column_name(each)}", left_out) for each in columns}
    needed = [column_name(each) for each in columns if is_required(each)]
    return {**made, **({"required": needed} if needed else {})}


def _value(column: Any, path: str, left_out: list[str]) -> dict[str, Any]:
    schema = _typed(column, path, left_out)
    values = allowed_values(column)
    if values is not None:
        schema["enum"] = values if is_required(column) else [*values, None]
    if not is_required(column) and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if column.description:
        schema["description"] = column.description
    return schema


def _typed(column: Any, path: str, left_out: list[str]) -> dict[str, Any]:
    logical, given = column.logicalType, options(column)
    if logical in ("object", "map") and column.properties:
        return _object(column.properties, f"{path}.", left_out, None)
    schema: dict[str, Any] = {"type": _TYPES[logical]} if logical in _TYPES else {}
    if logical in _MOMENTS:
        schema = {"type": "string"}
        zoned = logical == "date" or given.get("timezone")
        if zoned and "format" not in given:
            schema["format"] = _MOMENTS[logical]
        left_out += [f"{path}.{name}" for name in given if name not in ("timezone", "defaultTimezone")]
        return schema
    schema |= {name: given[name] for name in _SAME if name in given}
    if given.get("format") in _FORMATS and logical == "string":
        schema["format"] = given["format"]
    found = patterns(column)
    if found:
        schema["pattern"] = found[0]
    if len(found) > 1:
        schema["allOf"] = [{"pattern": each} for each in found[1:]]
    if column.items:
        schema["items"] = _value(column.items, f"{path}[]", left_out)
    return schema
