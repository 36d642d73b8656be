"""The default bookshop, the right content of all its tables in DuckDB, and its score; made once for a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from unittest.mock import patch

import duckdb
import pyarrow as pa

from sbdk.datasets.bookstore.grading import grade as grading
from sbdk.datasets.bookstore.grading.expected.raw import RawBookstore
from sbdk.datasets.bookstore.grading.scorecard import BookstoreScorecard
from sbdk.datasets.bookstore.grading.tables import TABLES, TableSpec
from sbdk.datasets.bookstore.settings import ROLES
from sbdk.score.finding import Finding
from sbdk.spec.data_set_sections import ScoreSettings
from support.bookstores import bookstore

START, CLOCK = date(2025, 1, 1), datetime(2026, 1, 1)
SPECS = {spec.role: spec for spec in TABLES}


@cache
def default_shop() -> RawBookstore:
    """The raw tables of the default volumes."""
    world = bookstore()
    rows = {name: pa.Table.from_batches(list(world.tables[name].batches(clock=CLOCK))) for name in grading.RAW}
    return grading.raw_bookstore(rows, START, CLOCK, world.experiments())


def made(spec: TableSpec, raw: RawBookstore) -> pa.Table:
    """The right table of a role."""
    table = spec.make(raw)
    return table if isinstance(table, pa.Table) else pa.Table.from_batches(list(table))


@cache
def right_tables() -> dict[str, pa.Table]:
    return {role: made(spec, default_shop()) for role, spec in SPECS.items()}


def warehouse(tables: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """Tables by role, under the template's names."""
    connection = duckdb.connect()
    for schema in sorted({name.partition(".")[0] for name in ROLES.values()}):
        connection.execute(f"create schema {schema}")
    for role, table in tables.items():
        connection.register("made", table)
        connection.execute(f"create table {ROLES[role]} as from made")
        connection.unregister("made")
    return connection


def score(connection: duckdb.DuckDBPyConnection, **settings: object) -> BookstoreScorecard:
    """The score of the default bookshop. The right tables are not computed anew each time."""
    kept = [replace(spec, make=lambda _, table=right_tables()[role]: table) for role, spec in SPECS.items()]
    with patch.object(grading, "TABLES", kept):
        return grading.grade(
            connection, default_shop(), bookstore().experiments(), ScoreSettings.model_validate(settings)
        )


@contextmanager
def undone(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    connection.execute("begin")
    try:
        yield
    finally:
        connection.execute("rollback")


def score_of_one(connection: duckdb.DuckDBPyConnection, role: str) -> list[Finding]:
    """The findings of one table, with the points that they cost of the whole score: tables are graded one by one."""
    with patch.object(grading, "TABLES", [replace(SPECS[role], make=lambda _: right_tables()[role])]):
        card = grading.grade(connection, default_shop(), bookstore().experiments(), ScoreSettings())
    return [replace(one, points=one.points / card.dearer) for one in card.findings()]


def tables_of(raw: RawBookstore, sales: pa.Table) -> dict[str, pa.Table]:
    """The tables that a pipeline without fault would make of these sales."""
    fewer = replace(raw, sales=sales)
    return {role: made(spec, fewer) for role, spec in SPECS.items()}
