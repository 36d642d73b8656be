"""Read-only connections to database files, by path, never in the way of a publish.

Every connection is an in-memory DuckDB with the file attached read-only. `duckdb.connect(path)` would hand out an
instance it already has for that path, which after a publish is still the *old* file; an attachment opens what lies
there now.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import duckdb
from duckdb import DuckDBPyConnection

from sbdk.core.sql import literal, quoted
from sbdk.targets.duckdb.errors import explained

Connection: TypeAlias = DuckDBPyConnection
IN_UTC = "SET GLOBAL TimeZone = 'UTC'"
"""A time with a zone becomes one without as UTC, in views and checks too, wherever the machine stands."""


def attach(connection: Connection, path: Path, alias: str) -> None:
    """Attach a file read-only. Raises WarehouseDamaged, LockHeld (a writer has it open) or DiskTrouble."""
    with explained(path):
        os.stat(path)
        connection.execute(f"ATTACH {literal(path)} AS {quoted(alias)} (READ_ONLY)")


def open_readonly(path: Path) -> Connection:
    """A connection whose default catalogue is the file, under the name DuckDB gives it; it cannot be written."""
    connection = duckdb.connect(":memory:", config={"temp_directory": "", "autoinstall_known_extensions": "false"})
    try:
        with explained(path):
            os.stat(path)
            connection.execute(f"ATTACH {literal(path)} (READ_ONLY)")
            found = connection.execute("SELECT database_name FROM duckdb_databases() WHERE path IS NOT NULL")
            connection.execute(f"USE {quoted(found.fetchall()[0][0])}")
            connection.execute(IN_UTC)
    except BaseException:
        connection.close()
        raise
    return connection


class Reader:
    """One connection per published build: `connection()` gives the same one until another file is published.

    A connection that was handed out keeps showing its own whole generation; it is closed when the next one is asked for
    after a publish. Not for several threads at once: give each its own cursor.
    """

    def __init__(self, published: Path) -> None:
        self._published = published
        self._connection: Connection | None = None
        self._seen: tuple[int, ...] = ()

    def connection(self) -> Connection:
        """A connection to the file that is published now."""
        stamp = self._stamp()
        if self._connection is None or stamp != self._seen:
            self.close()
            self._connection, self._seen = open_readonly(self._published), stamp
        return self._connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stamp(self) -> tuple[int, ...]:
        with explained(self._published):
            found = os.stat(self._published)
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
