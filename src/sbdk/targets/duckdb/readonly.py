"""Read-only connections to a published file, and statements that only read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from sbdk.core.errors import QueryError
from sbdk.core.sql import literal, quoted
from sbdk.targets.base import Selected
from sbdk.targets.duckdb.errors import translate_errors

IN_UTC = "SET GLOBAL TimeZone = 'UTC'"
"""A time with a zone becomes one without as UTC, in views and checks too, whatever the zone of the machine."""

_CONFIG = {"temp_directory": "", "autoinstall_known_extensions": "false", "python_enable_replacements": "false"}


def attach(connection: DuckDBPyConnection, path: Path, alias: str) -> None:
    """Attach a file read-only. Raises WarehouseDamaged, LockHeld (a writer has it open) or DiskError."""
    with translate_errors(path):
        os.stat(path)
        connection.execute(f"ATTACH {literal(path)} AS {quoted(alias)} (READ_ONLY)")


def open_readonly(path: Path) -> DuckDBPyConnection:
    """A connection whose default catalogue is the file, under the name DuckDB gives it; it cannot be written."""
    connection = duckdb.connect(":memory:", config=_CONFIG)
    try:
        with translate_errors(path):
            os.stat(path)
            connection.execute(f"ATTACH {literal(path)} (READ_ONLY)")
            databases = connection.execute("SELECT database_name FROM duckdb_databases() WHERE path IS NOT NULL")
            connection.execute(f"USE {quoted(databases.fetchall()[0][0])}")
            connection.execute(IN_UTC)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def lock_down(connection: DuckDBPyConnection) -> Iterator[None]:
    """The sandbox: no files, ATTACH, COPY, INSTALL, LOAD or SET. Large sorts spill to a private temporary folder."""
    spill = _spill_folder()
    try:
        connection.execute(f"SET temp_directory = {literal(spill or '')}")
        connection.execute("SET autoload_known_extensions = false")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield
    finally:
        if spill:
            shutil.rmtree(spill, ignore_errors=True)


def _spill_folder() -> str | None:
    """A new temporary folder, not beside the published file; None if it cannot be created (queries stay in memory)."""
    try:
        return tempfile.mkdtemp(prefix="sbdk-query-")
    except OSError:
        return None


def select_rows(raw: DuckDBPyConnection, sql: str, most: int) -> Selected:
    """See `Connection.select`. The query runs once; a second time, counting only, when it has more than `most` rows."""
    from sbdk.targets.duckdb.arrow import to_arrow
    from sbdk.targets.duckdb.values import values_of

    with _only_reading(raw):
        relation = _selected(raw, sql)
        table = to_arrow(relation.limit(most + 1))
        more = table.num_rows > most
        total = int(relation.aggregate("count(*)").fetchall()[0][0]) if more else table.num_rows
    return Selected(list(relation.columns), list(values_of(table.slice(0, most))), total)


@contextmanager
def _only_reading(raw: DuckDBPyConnection) -> Iterator[None]:
    """A read-only transaction, rolled back at the end: it stops what a SELECT can write, too (nextval, INSERT in WITH).

    Names in the SQL are tables, never Python variables that happen to be in scope.
    """
    with suppress(duckdb.InvalidInputException):  # where the configuration is locked, the lock's owner has set it
        raw.execute("SET python_enable_replacements = false")
    raw.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        raw.execute("ROLLBACK")


def _selected(raw: DuckDBPyConnection, sql: str) -> DuckDBPyRelation:
    """The rows that `sql` selects, not yet fetched. QueryError, or duckdb.Error with DuckDB's own message."""
    statements = raw.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"one query is expected, and there are {len(statements)} statements")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise QueryError(f"a query that selects rows is expected, not {kind.name}")
    if statements[0].named_parameters:
        raise QueryError("parameters ($name, ?) have no value here")
    return raw.sql(_without_semicolon(sql))


def _without_semicolon(sql: str) -> str:
    """DuckDB's relations put the text in brackets, where a `;`, or one before a closing comment, cannot stand."""
    text = sql.encode()
    tokens = duckdb.tokenize(sql)
    while tokens and tokens[-1][1] == duckdb.token_type.comment:
        tokens.pop()
    while tokens and text[tokens[-1][0] :].startswith(b";"):
        text = text[: tokens.pop()[0]]
    return text.decode() + "\n"
