"""A contract as dbt sources: tables with their columns and data tests."""

from __future__ import annotations

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
from sbdk.contracts.yaml_text import as_yaml


def export(contract: Contract, source: str = "raw") -> Export:
    """`source`: the name of dbt's source and of its schema."""
    left_out = list(figures(contract))
    tables = [_table(table, source, left_out) for table in contract.tables]
    return Export(as_yaml({"version": 2, "sources": [{"name": source, "schema": source, "tables": tables}]}), left_out)


def _table(table: TableContract, source: str, left_out: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": table.table}
    if table.schema.description:
        made["description"] = table.schema.description
    parents = {each.columns[0]: each for each in references(table) if len(each.columns) == 1}
    left_out += [
        f"{table.table}.{'+'.join(each.columns)}.relationship" for each in references(table) if len(each.columns) > 1
    ]
    if len(table.key) > 1:
        left_out.append(f"{table.table}.{'+'.join(table.key)}.primaryKey")
    made["columns"] = [
        _column(table, each, source, parents.get(column_name(each)), left_out) for each in properties(table)
    ]
    return made


def _column(table: TableContract, column: Any, source: str, parent: Any, left_out: list[str]) -> dict[str, Any]:
    name = column_name(column)
    made: dict[str, Any] = {"name": name}
    if column.physicalType:
        made["data_type"] = column.physicalType
    if column.description:
        made["description"] = column.description
    if column.classification:
        made["config"] = {"meta": {"classification": column.classification}}
    tests = _tests(table, column, source, parent)
    if tests:
        made["data_tests"] = tests
    left_out += [
        f"{table.table}.{name}.{each}" for each in options(column) if each not in ("timezone", "defaultTimezone")
    ]
    left_out += [f"{table.table}.{name}.pattern"] if patterns(column) and "pattern" not in options(column) else []
    left_out += [f"{table.table}.{name}.{column_name(each)}" for each in column.properties or []]
    return made


def _tests(table: TableContract, column: Any, source: str, parent: Any) -> list[Any]:
    tests: list[Any] = []
    if is_unique(table, column):
        tests.append("unique")
    if is_required(column):
        tests.append("not_null")
    if (values := allowed_values(column)) is not None:
        quote = all(isinstance(value, str) for value in values)
        arguments = {"values": values, **({} if quote else {"quote": False})}
        tests.append({"accepted_values": {"arguments": arguments}})
    if parent:
        to = f"source('{source}', '{parent.parent}')"
        tests.append({"relationships": {"arguments": {"to": to, "field": parent.parent_columns[0]}}})
    return tests
