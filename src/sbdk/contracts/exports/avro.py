"""A contract as an Avro schema (specification 1.12): a record per table; several tables are a union of records."""

from __future__ import annotations

import json
import re
from typing import Any

from sbdk.contracts.document import Contract, TableContract, column_name
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

_SMALL = {"TINYINT", "SMALLINT", "INTEGER", "INT", "UTINYINT", "USMALLINT"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
           "minItems", "maxItems", "uniqueItems")  # fmt: skip


def export(contract: Contract) -> Export:
    left_out = list(figures(contract))
    records = [_table(table, left_out) for table in contract.tables]
    document = records[0] if len(records) == 1 else records
    return Export(json.dumps(document, indent=2, ensure_ascii=False) + "\n", left_out)


def _table(table: TableContract, left_out: list[str]) -> dict[str, Any]:
    for column in properties(table):
        if is_unique(table, column):
            left_out.append(f"{table.table}.{column_name(column)}.unique")
    left_out += [f"{table.table}.{'+'.join(each.columns)}.relationship" for each in references(table)]
    return _record(properties(table), table.table, class_name(table.table), left_out, table.schema.description)


def _record(columns: list[Any], path: str, name: str, left_out: list[str], doc: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "record", "name": name, **({"doc": doc} if doc else {})}
    made["fields"] = [_field(each, f"{path}.{column_name(each)}", name, left_out) for each in columns]
    return made


def _field(column: Any, path: str, above: str, left_out: list[str]) -> dict[str, Any]:
    name = column_name(column)
    kind = _type(column, path, f"{above}_{class_name(name)}", left_out)
    field: dict[str, Any] = {"name": name if _NAME.fullmatch(name) else re.sub(r"^(?=\d)|[^A-Za-z0-9_]", "_", name)}
    field |= {"type": kind} if is_required(column) else {"type": ["null", kind], "default": None}
    if field["name"] != name:
        field["aliases"] = []
        field["doc"] = f"{name}. {column.description or ''}".strip()
        del field["aliases"]
    elif column.description:
        field["doc"] = column.description
    return field


def _type(column: Any, path: str, name: str, left_out: list[str]) -> Any:
    logical, given = column.logicalType, options(column)
    left_out += [f"{path}.{limit}" for limit in _LIMITS if limit in given]
    left_out += [f"{path}.pattern"] if patterns(column) else []
    values = allowed_values(column)
    if logical == "string" and values and all(isinstance(v, str) and _NAME.fullmatch(v) for v in values):
        return {"type": "enum", "name": f"{name}_Value", "symbols": values}
    if values is not None:
        left_out.append(f"{path}.invalidValues")
    if logical == "object" and column.properties:
        return _record(column.properties, path, name, left_out, None)
    if logical in ("array", "vector"):
        items = _type(column.items, f"{path}[]", f"{name}_Item", left_out) if column.items else "string"
        return {"type": "array", "items": items if column.items and is_required(column.items) else ["null", items]}
    if logical == "map":
        return {"type": "map", "values": ["null", "string"]}
    return _scalar(logical, column, given)


def _scalar(logical: str | None, column: Any, given: dict[str, Any]) -> Any:
    physical = (column.physicalType or "").strip().upper()
    if logical == "integer":
        return "int" if physical in _SMALL or given.get("format") in ("i8", "i16", "i32", "u8", "u16") else "long"
    if logical == "number":
        found = DECIMAL.fullmatch(physical)
        if found:
            return {"type": "bytes", "logicalType": "decimal", "precision": int(found[1]), "scale": int(found[2] or 0)}
        return "float" if physical in ("FLOAT", "REAL") else "double"
    if logical == "timestamp":
        zoned = given.get("timezone")
        return {"type": "long", "logicalType": "timestamp-micros" if zoned else "local-timestamp-micros"}
    if logical == "date":
        return {"type": "int", "logicalType": "date"}
    if logical == "time":
        return {"type": "long", "logicalType": "time-micros"}
    if logical == "string" and given.get("format") == "uuid":
        return {"type": "string", "logicalType": "uuid"}
    if logical == "boolean":
        return "boolean"
    return "bytes" if logical is None and physical == "BLOB" else "string"
