"""SQL that only reads: one SELECT, in a transaction that DuckDB itself keeps from writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb
from duckdb import DuckDBPyConnection as Connection
from duckdb import DuckDBPyRelation as Relation

from sbdk.core.errors import QueryError


@contextmanager
def only_reading(connection: Connection) -> Iterator[None]:
    """A read-only transaction, rolled back at the end: it stops what a SELECT can write, too (nextval, INSERT in WITH).

    Names in the SQL are tables, never Python variables that happen to be in scope.
    """
    with suppress(duckdb.InvalidInputException):  # where the configuration is locked, whoever locked it decides
        connection.execute("SET python_enable_replacements = false")
    connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def selected(connection: Connection, sql: str) -> Relation:
    """The rows that `sql` selects, not yet fetched. QueryError, or duckdb.Error with DuckDB's own message."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"one query is expected, and there are {len(statements)} statements")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise QueryError(f"a query that selects rows is expected, not {kind.name}")
    if statements[0].named_parameters:
        raise QueryError("parameters ($name, ?) have no value here")
    return connection.sql(_without_semicolon(sql))


def _without_semicolon(sql: str) -> str:
    """DuckDB's relations put the text in brackets, where a `;`, or one before a closing comment, cannot stand."""
    raw = sql.encode()
    tokens = duckdb.tokenize(sql)
    while tokens and tokens[-1][1] == duckdb.token_type.comment:
        tokens.pop()
    while tokens and raw[tokens[-1][0] :].startswith(b";"):
        raw = raw[: tokens.pop()[0]]
    return raw.decode() + "\n"
