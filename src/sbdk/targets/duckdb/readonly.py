"""Read-only connections to database files, by path, never in the way of a publish; and the sandbox for users' SQL.

Every connection is an in-memory DuckDB with the file attached read-only. `duckdb.connect(path)` would hand out an
instance it already has for that path, which after a publish is still the *old* file; an attachment opens the
current one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from sbdk.core.sql import literal, quoted
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
