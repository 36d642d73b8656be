"""Mutants of a right warehouse: each wrong in one way, enumerated from the schema of the graded tables.

A mutant is a query that takes the table's place. Nothing here knows how the grader works.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

KEYS = {
    "silver.customers": ("customer_id", "valid_from"),
    "silver.products": ("product_id", "valid_from"),
    "silver.stores": ("store_id", "valid_from"),
    "silver.customers_current": ("customer_id",),
    "silver.products_current": ("product_id",),
    "silver.stores_current": ("store_id",),
    "silver.sales_transactions": ("transaction_id",),
    "silver.returns_transactions": ("transaction_id",),
    "silver.late_sales": ("transaction_id",),
    "silver.held_sales": ("transaction_id",),
    "gold.denormalized_sales_facts": ("transaction_id",),
    "gold.sales_by_store_window": ("store_id", "window_start"),
    "gold.daily_sales_by_store": ("store_id", "day"),
    "gold.product_performance": ("product_id",),
    "gold.customer_lifetime_value": ("customer_id",),
    "quarantine.customers": ("source_position",),
    "quarantine.products": ("source_position",),
    "quarantine.stores": ("source_position",),
    "quarantine.sales": ("source_position",),
}
"""Every graded table, and what identifies its rows."""
HISTORIES = ("silver.customers", "silver.products", "silver.stores")
MAIN = (
    *HISTORIES,
    "silver.sales_transactions",
    "gold.denormalized_sales_facts",
    "gold.sales_by_store_window",
    "gold.daily_sales_by_store",
    "gold.product_performance",
    "gold.customer_lifetime_value",
)
"""The tables whose loss costs at least 15 points; that of others costs 3."""


RIGHT = "right_ones.facts"
"""The right table, while a mutant is in its place."""


@dataclass(frozen=True)
class Mutant:
    """columns: those that are changed; none if whole rows are. sql: the wrong table, made from `RIGHT`."""

    table: str
    columns: tuple[str, ...]
    kind: str
    sql: str

    @property
    def name(self) -> str:
        return f"{self.table}{'.' if self.columns else ' '}{'+'.join(self.columns)} {self.kind}"


def mutants(connection: duckdb.DuckDBPyConnection) -> list[Mutant]:
    """All mutants of all graded tables."""
    return [mutant for table in KEYS for mutant in (*_of_columns(connection, table), *_of_rows(connection, table))]


def schema(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column → SQL type."""
    return {row[0]: row[1] for row in connection.execute(f"describe {table}").fetchall()}


def _family(sql_type: str) -> str:
    head = sql_type.split("(")[0]
    numbers = ("DECIMAL", "BIGINT", "INTEGER", "DOUBLE", "HUGEINT")
    return "number" if head in numbers else "time" if head in ("TIMESTAMP", "DATE") else head.lower()


def _of_columns(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Mutant]:
    types = schema(connection, table)
    names = list(types)
    for place, name in enumerate(names):
        for kind, cell in _cells(name, types[name], table):
            yield Mutant(table, (name,), kind, f'select * replace ({cell} as "{name}") from {RIGHT}')
        others = [
            other for other in names[place + 1 :] + names[:place] if _family(types[other]) == _family(types[name])
        ]
        if others:
            other = others[0]
            swapped = f'select * replace ("{other}" as "{name}", "{name}" as "{other}") from {RIGHT}'
            yield Mutant(table, (name, other), "swapped", swapped)


def _cells(name: str, sql_type: str, table: str) -> Iterator[tuple[str, str]]:
    """(kind, SQL of the wrong cell)."""
    column, family = f'"{name}"', _family(sql_type)
    yield "null", f"null::{sql_type}"
    yield "null in one row", f"case when row_number() over (order by {', '.join(KEYS[table])}) > 1 then {column} end"
    yield "constant", f"(select min({column}) from {RIGHT})"
    if family == "number":
        yield "shifted by 1", f"{column} + 1"
        yield "doubled", f"{column} * 2"
        yield "negated", f"-{column}"
        if not sql_type.endswith("INT") and sql_type != "INTEGER":
            yield "scaled by 1.2", f"({column} * 1.2)::{sql_type}"
            yield "rounded", f"round({column}, 0)"
    elif family == "time":
        yield "shifted by an hour", f"{column} + interval 1 hour"
        yield "shifted by a day", f"{column} + interval 1 day"
        yield "cut to the minute", f"date_trunc('minute', {column})"
    elif family == "boolean":
        yield "negated", f"not {column}"
    else:
        yield "upper case", f"upper({column})"
        yield "cut", f"left({column}, 3)"
    if table in HISTORIES:
        key = KEYS[table][0]
        yield "stale", f"coalesce(lag({column}) over (partition by {key} order by valid_from), {column})"
    if table == "gold.denormalized_sales_facts":
        for dimension in ("store", "customer", "product"):
            source = name.removeprefix(f"{dimension}_")
            if source not in (name, "id"):
                cell = "valid_from" if source == "version" else source
                same = f"h.{dimension}_id = facts.{dimension}_id"
                now = f"select {cell} from silver.{dimension}s h where {same} and valid_to is null"
                yield "joined to the current version", f"({now})"


def _of_rows(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Mutant]:
    keys = KEYS[table]
    order = ", ".join(keys)
    (rows,) = connection.execute(f"select count(*) from {table}").fetchall()[0]
    nth = f"row_number() over (order by {order})"

    def kept(condition: str) -> str:
        return f"select * exclude (nth) from (select *, {nth} as nth from {RIGHT}) where {condition}"

    yield Mutant(table, (), "one dropped", kept(f"nth <> {rows // 2 + 1}"))
    yield Mutant(table, (), "one in a hundred dropped", kept("nth % 100 <> 7"))
    yield Mutant(table, (), "nine in ten dropped", kept("nth % 10 = 0"))
    yield Mutant(table, (), "emptied", kept("false"))
    yield Mutant(table, (), "one doubled", f"from {RIGHT} union all {kept(f'nth = {rows // 2 + 1}')}")
    yield Mutant(table, (), "all doubled", f"from {RIGHT} union all from {RIGHT}")
    key = keys[0]
    ghost = kept(f"nth = {rows // 2 + 1}").replace("* exclude (nth)", f"* exclude (nth) replace (-{key} as {key})")
    yield Mutant(table, (), "a ghost", f"from {RIGHT} union all {ghost}")
    shuffled = f"coalesce(lead({key}) over (order by {order}), min({key}) over ())"
    yield Mutant(table, (key,), "keys moved by one row", f"select * replace ({shuffled} as {key}) from {RIGHT}")


@contextmanager
def in_place(connection: duckdb.DuckDBPyConnection, mutant: Mutant) -> Iterator[tuple[int, int]]:
    """Within, the mutant stands in the warehouse. Yields how many of its rows are wrong, or missing, and the number of
    right rows. A transaction that is rolled back."""
    connection.execute("begin")
    try:
        connection.execute(f"create schema right_ones; create table {RIGHT} as from {mutant.table}")
        (kind,) = connection.execute(
            "select table_type from information_schema.tables where table_schema || '.' || table_name = ?",
            [mutant.table],
        ).fetchall()[0]
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {mutant.table}")
        connection.execute(f"create table {mutant.table} as {mutant.sql}")
        yield _changed(connection, mutant.table), connection.execute(f"select count(*) from {RIGHT}").fetchall()[0][0]
    finally:
        connection.execute("rollback")


def _changed(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows that are on one side only, as multisets, on the side that has more of them."""
    ((more, less),) = connection.execute(
        f"""select (select count(*) from (from {table} except all from {RIGHT})),
          (select count(*) from (from {RIGHT} except all from {table}))"""
    ).fetchall()
    return max(more, less)
