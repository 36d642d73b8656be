"""Contracts of one table, and the rows that they are held against with DuckDB alone."""

from __future__ import annotations

from typing import Any

import duckdb

from sbdk.contracts.document import Contract, parse_contract
from sbdk.contracts.row_clauses import row_clauses, typed_columns
from sbdk.targets.sessions import as_connection


def contract(*properties: dict[str, Any], table: dict[str, Any] | None = None, **keys: Any) -> Contract:
    """A contract of the table `t` with these properties; `table` and `keys` stand beside them and at the top."""
    schema = {"name": "t", "properties": list(properties), **(table or {})}
    head = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "c", "name": "c", "version": "1.0.0"}
    return parse_contract({**head, "schema": [schema], **keys})


def broken_rows(made: Contract, kind: str, values: list[str], zone: str = "UTC") -> dict[str, list[int]]:
    """By rule: the rows that break it, of a table whose column `c` is of a DuckDB type and holds these SQL values."""
    with duckdb.connect() as raw:
        raw.execute(f"set TimeZone = '{zone}'")
        raw.execute(f"create table t (n integer, c {kind})")
        for at, value in enumerate(values):
            raw.execute(f"insert into t values ({at}, {value})")
        kinds = {row[0]: row[1] for row in raw.execute("describe t").fetchall()}
        clauses = row_clauses(
            made.tables[0],
            kinds,
            lambda each: {r[0]: r[1] for r in raw.execute(f"describe select unnest(null::{each})").fetchall()},
        )
        return {
            clause.rule: found
            for clause in clauses
            if (found := [n for (n,) in raw.execute(f"select n from t where {clause.broken} order by n").fetchall()])
        }


def read_values(made: Contract, kind: str, values: list[str], zone: str = "UTC") -> list[str | None]:
    """The values of the column `c` as the contract has them, as texts in the time zone UTC."""
    with duckdb.connect() as raw:
        raw.execute(f"set TimeZone = '{zone}'")
        typed = typed_columns(made.tables[0], {"c": kind}).get("c", "c")
        rows = ", ".join(f"({at}, {value}::{kind})" for at, value in enumerate(values))
        raw.execute(f"create table read as select n, {typed} as c from (values {rows}) v(n, c)")
        raw.execute("set TimeZone = 'UTC'")
        return [text for (text,) in raw.execute("select c::varchar from read order by n").fetchall()]


def in_memory(*statements: str) -> Any:
    """An engine in memory with tables, as a session of a target."""
    raw = duckdb.connect()
    for statement in statements:
        raw.execute(statement)
    return as_connection(raw)
