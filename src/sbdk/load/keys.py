"""Which keys the loaded tables declare: dlt's `primary_key` and `references` hints, as it normalized them."""

from __future__ import annotations

from typing import Any

from sbdk.load.compat import is_own_table
from sbdk.state.record_parts import ForeignKey, TableKeys


def declared_keys(schemas: Any) -> dict[str, TableKeys]:
    """By table. `schemas`: of a dlt pipeline. References of several columns are left to tests of the user's own."""
    found: dict[str, TableKeys] = {}
    for schema in schemas.values():
        for name, table in schema.tables.items():
            if not is_own_table(schema, name):
                found[name] = TableKeys(_key(table), _foreign_keys(table))
    return found


def _key(table: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, column in table["columns"].items() if column.get("primary_key"))


def _foreign_keys(table: dict[str, Any]) -> tuple[ForeignKey, ...]:
    references = [each for each in table.get("references") or () if len(each["columns"]) == 1]
    return tuple(
        ForeignKey(each["columns"][0], each["referenced_table"], each["referenced_columns"][0]) for each in references
    )
