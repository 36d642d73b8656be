"""A contract as a Python module of dlt hints: `@dlt.resource(**ORDERS)` declares columns, keys and references."""

from __future__ import annotations

import pprint
import re
from typing import Any

from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.exports.export import (
    DECIMAL,
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

_TYPES = {"string": "text", "integer": "bigint", "number": "double", "boolean": "bool", "date": "date", "time": "time",
          "timestamp": "timestamp", "object": "json", "map": "json", "array": "json", "vector": "json"}  # fmt: skip


def export(contract: Contract) -> Export:
    left_out = list(figures(contract))
    parts = [f'"""Hints for dlt, out of the contract {contract.name} {contract.version}: @dlt.resource(**HINTS)."""']
    for table in contract.tables:
        made = _table(table, left_out)
        parts.append(f"{constant(table.table)} = {pprint.pformat(made, width=100, sort_dicts=False)}")
    return Export("\n\n".join(parts) + "\n", left_out)


def constant(name: str) -> str:
    """A name in capitals for a Python constant."""
    made = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper()
    return made if made and not made[0].isdigit() else f"TABLE_{made}"


def _table(table: TableContract, left_out: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": table.table}
    if table.key:
        made["primary_key"] = list(table.key)
    made["columns"] = {column_name(each): _column(table, each, left_out) for each in properties(table)}
    found = [
        {
            "columns": list(each.columns),
            "referenced_table": each.parent,
            "referenced_columns": list(each.parent_columns),
        }
        for each in references(table)
    ]
    return {**made, **({"references": found} if found else {})}


def _column(table: TableContract, column: Any, left_out: list[str]) -> dict[str, Any]:
    name, given = column_name(column), options(column)
    hints = {**_type(column, given), "nullable": not is_required(column)}
    if is_unique(table, column):
        hints["unique"] = True
    if column.description:
        hints["description"] = column.description
    held = {"timezone", "defaultTimezone", *(("maxLength",) if "precision" in hints else ())}
    left_out += [f"{table.table}.{name}.{each}" for each in given if each not in held]
    left_out += [f"{table.table}.{name}.invalidValues"] if allowed_values(column) is not None else []
    left_out += [f"{table.table}.{name}.pattern"] if patterns(column) and "pattern" not in given else []
    return hints


def _type(column: Any, given: dict[str, Any]) -> dict[str, Any]:
    physical = (column.physicalType or "").strip()
    found = DECIMAL.fullmatch(physical)
    if column.logicalType == "number" and found:
        return {"data_type": "decimal", "precision": int(found[1]), "scale": int(found[2] or 0)}
    if column.logicalType is None:
        return {"data_type": "binary"} if physical.upper() == "BLOB" else {}
    made: dict[str, Any] = {"data_type": _TYPES[column.logicalType]}
    if column.logicalType == "timestamp":
        made["timezone"] = bool(given.get("timezone"))
    if column.logicalType == "string" and "maxLength" in given:
        made["precision"] = given["maxLength"]
    return made
