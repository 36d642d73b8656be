"""One read-only statement against the published file, shut off from everything else on the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from sbdk.core.errors import QueryError, QueryForbidden
from sbdk.targets.base import QueryFunction
from sbdk.targets.duckdb.connection import DuckDBConnection
from sbdk.targets.duckdb.outside_files import NO_FILES, OutsideFiles
from sbdk.targets.duckdb.readonly import lock_down, open_readonly

# SHOW, DESCRIBE, SUMMARIZE, VALUES and FROM arrive as SELECT; MULTI is what PIVOT without a list is rewritten to.
_READS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI}
_PRAGMA = re.compile(
    r"\s*pragma\s+(version|show_tables|show_tables_expanded|database_list|database_size|table_info|storage_info)\b[^=]*",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(r"explain\s*((analyze|verbose)\b\s*)*(\((\s*(analyze|format|verbose)\b[^)]*)\))?", re.IGNORECASE)
_HINT = "what is published is only read here: a model or a pipeline changes it, with `sbdk dev`"
_ONLY = "one read-only statement at a time: SELECT, FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN"


def run_query(
    published: Path,
    sql: str,
    *,
    max_seconds: float | None = None,
    max_rows: int | None = None,
    files: OutsideFiles = NO_FILES,
) -> pa.Table:
    """The first `max_rows` of the result of `sql` on the file at `published`.

    The sandbox: the file is attached read-only, external access is off (no files but `files`, ATTACH, COPY, INSTALL,
    LOAD) and the configuration is locked (no SET). Raises QueryForbidden, QueryTimeout (after `max_seconds`),
    QueryError (wrong SQL, with DuckDB's message), WarehouseDamaged, LockHeld.
    """
    statement = one_statement(sql)
    with sandboxed(published, files=files) as connection:
        return fetch_result(connection, statement, max_seconds, max_rows)


@contextmanager
def open_queries(
    published: Path, *, max_seconds: float | None = None, files: OutsideFiles = NO_FILES
) -> Iterator[QueryFunction]:
    """Run several queries on one and the same build: each call is a `run_query`, whatever is published meanwhile."""
    with sandboxed(published, files=files) as connection:
        yield lambda sql, max_rows: fetch_result(connection, one_statement(sql), max_seconds, max_rows)


@contextmanager
def sandboxed(
    published: Path, *, max_seconds: float | None = None, files: OutsideFiles = NO_FILES
) -> Iterator[DuckDBConnection]:
    """A connection in the sandbox of `run_query`, for statements of the program's own. Raises the same errors."""
    with open_readonly(published) as raw:
        connection = DuckDBConnection(raw)
        connection.search_all()
        files.search(raw)
        files.allow(raw)
        with lock_down(raw), connection.time_limit(max_seconds):
            yield connection


def fetch_result(
    connection: DuckDBConnection, statement: str, max_seconds: float | None, max_rows: int | None
) -> pa.Table:
    """The first `max_rows` of a statement that passed `one_statement`.

    It runs in a thread of its own: DuckDB may work for long without handling signals, and Ctrl-C must work.
    """
    with connection.time_limit(max_seconds), ThreadPoolExecutor(1) as pool:
        result = pool.submit(connection.query, statement, limit=max_rows)
        try:
            return result.result()
        except KeyboardInterrupt:
            while not result.done():
                connection.interrupt()
                wait([result], 0.05)
            raise


def one_statement(sql: str) -> str:
    """The statement, if it is exactly one and only reads."""
    statements = _parse(sql)
    if not statements:
        raise QueryError("there is no SQL statement in it")
    if len(statements) > 1:
        raise QueryForbidden(f"{len(statements)} statements; {_ONLY}", hint="run them one by one")
    kind = statements[0].type
    if kind not in _READS and not (kind == duckdb.StatementType.PRAGMA and _PRAGMA.fullmatch(_bare(sql))):
        raise QueryForbidden(f"{kind.name} is not allowed here; {_ONLY}", hint=_HINT)
    if kind == duckdb.StatementType.EXPLAIN:
        one_statement(_EXPLAIN.sub("", _bare(sql), count=1))  # EXPLAIN ANALYZE runs what it explains
    return sql


def _parse(sql: str) -> list[duckdb.Statement]:
    try:
        return list(duckdb.extract_statements(sql))
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def _bare(sql: str) -> str:
    """The statement without the comments before it and the semicolon after it."""
    return re.sub(r"^(\s|--[^\n]*(\n|$)|/\*.*?\*/)+", "", sql, flags=re.DOTALL).rstrip().rstrip(";")
