"""The metadata inside a database file, and whether the file is the build that was published last.

Schema `_sbdk` holds the tables `build` (run_id) and `clock` (now).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from sbdk.core.errors import WarehouseDamaged
from sbdk.state.builds import (
    PublishedBuild,
    latest_sequence,
    pending_rollback,
    published_build,
    published_name,
    read_record,
    sequence_of,
)
from sbdk.state.layout import StateDir
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.readonly import open_readonly


@dataclass(frozen=True)
class FileMetadata:
    """`run_id` that made the file, its `clock` (naive UTC, or None), DuckDB's `storage` version, `size` in bytes."""

    run_id: str
    clock: datetime | None
    storage: str
    size: int


def read_metadata(path: Path) -> FileMetadata:
    """Read a file's metadata. WarehouseDamaged when DuckDB cannot read the file or no run of sbdk made it."""
    while True:
        with translate_errors(path):
            before = os.stat(path)
        connection = open_readonly(path)
        try:
            about = FileMetadata(
                _run_id(connection, path), read_clock(connection), _storage(connection), before.st_size
            )
        finally:
            connection.close()
        with translate_errors(path):
            if os.path.samestat(before, os.stat(path)):
                return about  # else a run published in between, and the size may be another file's


def stamp(connection: DuckDBPyConnection, run_id: str) -> None:
    """Write the run id into a build."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS _sbdk")
    connection.execute("CREATE OR REPLACE TABLE _sbdk.build AS SELECT CAST(? AS VARCHAR) AS run_id", [run_id])
    connection.execute("CREATE TABLE IF NOT EXISTS _sbdk.clock (now TIMESTAMP)")


def set_clock(connection: DuckDBPyConnection, now: datetime) -> None:
    """Write the clock (naive UTC) into a build; it is published and rolled back with the data."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS _sbdk")
    connection.execute("CREATE OR REPLACE TABLE _sbdk.clock AS SELECT CAST(? AS TIMESTAMP) AS now", [now])


def read_clock(connection: DuckDBPyConnection) -> datetime | None:
    """The clock of a file; None when none was ever set."""
    try:
        rows = connection.execute("SELECT now FROM _sbdk.clock").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def _run_id(connection: DuckDBPyConnection, path: Path) -> str:
    try:
        rows = connection.execute("SELECT run_id FROM _sbdk.build").fetchall()
    except duckdb.Error as error:
        message = "no run of sbdk made this file" if isinstance(error, duckdb.CatalogException) else _first_line(error)
        raise WarehouseDamaged(message, file=path) from error
    if len(rows) != 1 or not rows[0][0]:
        raise WarehouseDamaged("no run of sbdk made this file", file=path)
    return str(rows[0][0])


def _storage(connection: DuckDBPyConnection) -> str:
    query = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()"
    return str(connection.execute(query).fetchall()[0][0])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def identify(published: Path, state: StateDir) -> PublishedBuild:
    """The published build, known by the run id inside the file and checked by its size.

    Raises WarehouseDamaged: DuckDB cannot read it, it was cut, no run of this project made it, or a later one was
    published. LockHeld: another program writes to it.
    """
    about = read_metadata(published)
    record = read_record(state, about.run_id)
    if record is None or record.artifact.file != published_name(published, state):
        raise WarehouseDamaged(f"holds run {about.run_id}, which was not published here", file=published)
    if record.artifact.size != about.size:
        message = f"is {about.size} bytes long, but run {about.run_id} published {record.artifact.size}"
        raise WarehouseDamaged(message, file=published)
    if _stale(published, state, about.run_id):
        raise WarehouseDamaged(f"holds run {about.run_id}, which is not the one published last", file=published)
    return published_build(state, record, published, current=True)


def _stale(published: Path, state: StateDir, run_id: str) -> bool:
    """Whether this is an earlier build that somebody copied here: intact, but not the one published last."""
    sequence = sequence_of(state, run_id)  # 0: a kill came between its rename and its mark
    if sequence in (0, latest_sequence(published, state)) or pending_rollback(state) == run_id:
        return False
    return read_metadata(published).run_id == run_id  # if not, a run has published meanwhile
