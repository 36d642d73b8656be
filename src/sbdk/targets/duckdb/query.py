"""One read-only statement against the published file, shut off from everything else on the machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import duckdb
import pyarrow as pa

from sbdk.core.errors import QueryError, QueryForbidden, QueryTimeout
from sbdk.targets.duckdb.connection import Connection, open_readonly
from sbdk.targets.duckdb.sandbox import shut_off

# SHOW, DESCRIBE, SUMMARIZE, VALUES and FROM arrive as SELECT; MULTI is what PIVOT without a list is rewritten to.
_READS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI}
_PRAGMA = re.compile(
    r"\s*pragma\s+(version|show_tables|show_tables_expanded|database_list|database_size|table_info|storage_info)\b[^=]*",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(r"explain\s*((analyze|verbose)\b\s*)*(\((\s*(analyze|format|verbose)\b[^)]*)\))?", re.IGNORECASE)
_ONLY = "one read-only statement at a time: SELECT, FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN"


Ask: TypeAlias = Callable[[str, int | None], pa.Table]
"""One statement, and at most so many of its rows (None: all)."""


def run_query(published: Path, sql: str, *, max_seconds: float | None = None, max_rows: int | None = None) -> pa.Table:
    """The result of `sql` on the file at `published`, cut after `max_rows`.

    The sandbox: the file is attached read-only, external access is off (no files, ATTACH, COPY, INSTALL, LOAD) and the
    configuration is locked (no SET). Raises QueryForbidden, QueryTimeout (after `max_seconds`), QueryError (wrong SQL,
    with DuckDB's message), WarehouseDamaged, LockHeld.
    """
    statement = _one_statement(sql)
    with _sandbox(published) as connection:
        return _answer(connection, statement, max_seconds, max_rows)


@contextmanager
def open_queries(published: Path, *, max_seconds: float | None = None) -> Iterator[Ask]:
    """Ask several questions of one and the same build: each call is a `run_query`, whatever is published meanwhile."""
    with _sandbox(published) as connection:
        yield lambda sql, max_rows: _answer(connection, _one_statement(sql), max_seconds, max_rows)


@contextmanager
def sandboxed(published: Path, *, max_seconds: float | None = None) -> Iterator[Connection]:
    """A connection in the sandbox of `run_query`, for statements of the program's own. Raises the same errors."""
    with _sandbox(published) as connection, bounded(connection, max_seconds):
        yield connection


def _answer(connection: Connection, statement: str, max_seconds: float | None, max_rows: int | None) -> pa.Table:
    with bounded(connection, max_seconds):
        return _execute(connection, statement, max_rows)


@contextmanager
def bounded(connection: Connection, max_seconds: float | None) -> Iterator[None]:
    """Stop what is run inside after `max_seconds`; DuckDB's errors become ours."""
    with _limit(connection, max_seconds) as expired:
        try:
            yield
        except (duckdb.InterruptException, RuntimeError) as error:  # RuntimeError: while rows become Arrow batches
            if not isinstance(error, duckdb.Error) and "interrupted" not in str(error).lower():
                raise
            if not expired.is_set():
                raise KeyboardInterrupt from error
            raise QueryTimeout(f"stopped after {max_seconds:g} s", hint="narrow it down, or raise the limit") from error
        except duckdb.Error as error:
            raise _explain(error) from error


def _one_statement(sql: str) -> str:
    """The statement, if it is exactly one and only reads."""
    statements = _parse(sql)
    if not statements:
        raise QueryError("there is no SQL statement in it")
    if len(statements) > 1:
        raise QueryForbidden(f"{len(statements)} statements; {_ONLY}")
    kind = statements[0].type
    if kind not in _READS and not (kind == duckdb.StatementType.PRAGMA and _PRAGMA.fullmatch(_bare(sql))):
        raise QueryForbidden(f"{kind.name} is not allowed here; {_ONLY}")
    if kind == duckdb.StatementType.EXPLAIN:
        _one_statement(_EXPLAIN.sub("", _bare(sql), count=1))  # EXPLAIN ANALYZE runs what it explains
    return sql


def _parse(sql: str) -> list[duckdb.Statement]:
    try:
        return list(duckdb.extract_statements(sql))
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def _bare(sql: str) -> str:
    """The statement without the comments before it and the semicolon after it."""
    return re.sub(r"^(\s|--[^\n]*(\n|$)|/\*.*?\*/)+", "", sql, flags=re.DOTALL).rstrip().rstrip(";")


def _execute(connection: Connection, sql: str, max_rows: int | None) -> pa.Table:
    """In a thread of its own: DuckDB may work for long without looking at signals, and Ctrl-C must be heard."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_fetch, connection, sql, max_rows)
        try:
            return answer.result()
        except KeyboardInterrupt:
            while not answer.done():
                connection.interrupt()
                wait([answer], 0.05)
            raise


def _fetch(connection: Connection, sql: str, max_rows: int | None) -> pa.Table:
    try:
        relation = connection.sql(sql)
    except (duckdb.BinderException, duckdb.CatalogException):
        connection.execute(sql)  # fails the same way, but with the line and the place in it
        raise
    if relation is None:
        return pa.table({})
    return (relation if max_rows is None else relation.limit(max_rows)).to_arrow_table()


@contextmanager
def _sandbox(published: Path) -> Iterator[Connection]:
    connection = open_readonly(published)
    try:
        with shut_off(connection):
            yield connection
    finally:
        connection.close()


@contextmanager
def _limit(connection: Connection, seconds: float | None) -> Iterator[threading.Event]:
    """Interrupt the connection after `seconds`; the event tells whether that happened."""
    expired, over = threading.Event(), threading.Event()

    def stop() -> None:
        expired.set()
        connection.interrupt()
        while not over.wait(0.05):  # one that falls between two statements is not heard
            connection.interrupt()

    timer = threading.Timer(seconds, stop) if seconds is not None else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield expired
    finally:
        over.set()
        if timer:
            timer.cancel()
            timer.join()


def _explain(error: duckdb.Error) -> QueryError:
    """DuckDB's message, with the line it points at; the sandbox's refusals under a code of their own."""
    text = str(error)
    refused = isinstance(error, duckdb.PermissionException) or "configuration has been locked" in text
    if refused or "attached in read-only mode" in text:
        return QueryForbidden(text.partition("\n")[0], hint="the query sees the published warehouse and nothing else")
    return QueryError(text)
