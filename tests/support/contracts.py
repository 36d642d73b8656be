"""Contracts made in memory, for tests: the smallest valid document around a table's properties."""

from __future__ import annotations

from typing import Any

from sbdk.contracts.document import TableContract, parse_contract

HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "c", "version": "1.0.0", "status": "active"}


def document(*properties: dict[str, Any], table: str = "t", **keys: Any) -> dict[str, Any]:
    """A contract of one table; `keys` stand beside its properties."""
    return {**HEAD, "schema": [{"name": table, "properties": list(properties), **keys}]}


def contract_of(*properties: dict[str, Any], **keys: Any) -> TableContract:
    """The table of such a contract."""
    return parse_contract(document(*properties, **keys)).tables[0]


def custom(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"property": name, "value": value}]
