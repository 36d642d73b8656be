"""A contract as `CREATE TABLE` statements in DuckDB's SQL, with NOT NULL, keys, foreign keys and checks."""

from __future__ import annotations

from typing import Any

from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.exports.export import Export, figures, is_required, is_unique, parents_first, properties, references
from sbdk.contracts.row_clauses import row_clauses
from sbdk.contracts.types import holds, storage
from sbdk.core.sql import literal, quoted


def export(contract: Contract) -> Export:
    statements, left_out = [], list(figures(contract))
    made: set[str] = set()
    for table in parents_first(contract):
        statements.append(_create(table, made, left_out))
        made.add(table.table)
    return Export("\n\n".join(statements) + "\n", left_out)


def _create(table: TableContract, made: set[str], left_out: list[str]) -> str:
    types = {column_name(each): sql_type(each) for each in properties(table)}
    lines = [_column(table, each, types[column_name(each)]) for each in properties(table)]
    if len(table.key) > 1:
        lines.append(f"PRIMARY KEY ({_list(table.key)})")
    for clause in row_clauses(table, types, lambda kind: _fields(table, kind)):
        if " lambda " in clause.broken:  # which DuckDB does not support in CHECK
            left_out.append(f"{table.table}.{clause.rule}")
        elif clause.kind != "type" and (clause.kind != "required" or "." in clause.path):
            lines.append(f"CHECK (NOT coalesce({clause.broken}, false))")
    for each in references(table):
        if each.parent in made or each.parent == table.table:
            ends = f"{quoted(each.parent)} ({_list(each.parent_columns)})"
            lines.append(f"FOREIGN KEY ({_list(each.columns)}) REFERENCES {ends}")
        else:
            left_out.append(f"{table.table}.{'+'.join(each.columns)}.relationship")
    body = ",\n".join(f"    {line}" for line in lines)
    comment = table.schema.description
    told = f"\nCOMMENT ON TABLE {quoted(table.table)} IS {literal(comment)};" if comment else ""
    return f"CREATE TABLE {quoted(table.table)} (\n{body}\n);{told}"


def _fields(table: TableContract, kind: str) -> dict[str, str]:
    """The fields of a struct of the table by the struct's type, however deep it stands."""
    left = properties(table)
    while left:
        column = left.pop()
        inner = [*(column.properties or []), *([column.items] if column.items else [])]
        if column.properties and sql_type(column) == kind:
            return {column_name(each): sql_type(each) for each in column.properties}
        left += inner
    return {}


def _column(table: TableContract, column: Any, kind: str) -> str:
    name = column_name(column)
    words = [quoted(name), kind]
    if table.key == (name,):
        words.append("PRIMARY KEY")
    elif is_unique(table, column):
        words.append("UNIQUE")
    if is_required(column) and table.key != (name,):
        words.append("NOT NULL")
    return " ".join(words)


def sql_type(column: Any) -> str:
    """The DuckDB type of a property: its physical type where DuckDB knows it and it holds the logical one."""
    logical = column.logicalType
    if logical == "object" or (logical is None and column.properties):
        fields = [f"{quoted(column_name(each))} {sql_type(each)}" for each in column.properties or []]
        return f"STRUCT({', '.join(fields)})" if fields else "JSON"
    if logical in ("array", "vector"):
        return f"{sql_type(column.items)}[]" if column.items else "JSON"
    physical = " ".join((column.physicalType or "").upper().split())
    if physical and physical in _known(physical) and (logical is None or holds(logical, physical)):
        return physical
    if logical in (None, "map"):
        return "JSON" if logical else "VARCHAR"
    return (
        "UUID" if logical == "string" and (column.logicalTypeOptions or {}).get("format") == "uuid" else storage(column)
    )


def _known(physical: str) -> set[str]:
    """The type itself, if it is one of DuckDB's that this module spells."""
    from sbdk.contracts.types import FAMILIES, family

    scalar = set().union(*FAMILIES.values()) - {"STRUCT", "MAP", "LIST", "ARRAY", "ENUM", "JSON"} | {"BLOB", "INTERVAL"}
    return {physical} if family(physical) in scalar else set()


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))
