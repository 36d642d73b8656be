"""Which keys the loaded tables declare: dlt's `primary_key` and `references` hints, as it normalized them."""

from __future__ import annotations

from typing import Any

from sbdk.load.compat import is_own_table


def declared_keys(schemas: Any) -> dict[str, dict[str, Any]]:
    """By table: its key columns, and its foreign keys as [column, parent table, parent column].

    schemas: of a dlt pipeline. References of several columns are left to tests of the user's own.
    """
    found: dict[str, dict[str, Any]] = {}
    for schema in schemas.values():
        for name, table in schema.tables.items():
            if not is_own_table(schema, name):
                found[name] = {"key": _key(table), "foreign_keys": _foreign_keys(table)}
    return found


def _key(table: dict[str, Any]) -> list[str]:
    return [name for name, column in table["columns"].items() if column.get("primary_key")]


def _foreign_keys(table: dict[str, Any]) -> list[list[str]]:
    references = [each for each in table.get("references") or () if len(each["columns"]) == 1]
    return [[each["columns"][0], each["referenced_table"], each["referenced_columns"][0]] for each in references]
