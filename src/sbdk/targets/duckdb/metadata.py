"""What stands inside a database file about itself: schema `_sbdk`, tables `build` (run_id) and `clock` (now)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from sbdk.core.errors import WarehouseDamaged
from sbdk.targets.duckdb.connection import Connection, open_readonly
from sbdk.targets.duckdb.errors import explained


@dataclass(frozen=True)
class Inside:
    """`run_id` that made the file, its `clock` (naive UTC, or None), DuckDB's `storage` version, `size` in bytes."""

    run_id: str
    clock: datetime | None
    storage: str
    size: int


def look_inside(path: Path) -> Inside:
    """Read a file's own account. Raises WarehouseDamaged when DuckDB cannot read it or no run of ours made it."""
    while True:
        with explained(path):
            before = os.stat(path)
        connection = open_readonly(path)
        try:
            about = Inside(_run_id(connection, path), read_clock(connection), _storage(connection), before.st_size)
        finally:
            connection.close()
        with explained(path):
            if os.path.samestat(before, os.stat(path)):
                return about  # else a run published in between, and the size may be another file's


def stamp(connection: Connection, run_id: str) -> None:
    """Write the run id into a build."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS _sbdk")
    connection.execute("CREATE OR REPLACE TABLE _sbdk.build AS SELECT CAST(? AS VARCHAR) AS run_id", [run_id])
    connection.execute("CREATE TABLE IF NOT EXISTS _sbdk.clock (now TIMESTAMP)")


def set_clock(connection: Connection, now: datetime) -> None:
    """Write the clock (naive UTC) into a build; it is published and rolled back with the data."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS _sbdk")
    connection.execute("CREATE OR REPLACE TABLE _sbdk.clock AS SELECT CAST(? AS TIMESTAMP) AS now", [now])


def read_clock(connection: Connection) -> datetime | None:
    """The clock of a file; None when none was ever set."""
    try:
        rows = connection.execute("SELECT now FROM _sbdk.clock").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def _run_id(connection: Connection, path: Path) -> str:
    try:
        rows = connection.execute("SELECT run_id FROM _sbdk.build").fetchall()
    except duckdb.Error as error:
        what = "no run of sbdk made this file" if isinstance(error, duckdb.CatalogException) else _first_line(error)
        raise WarehouseDamaged(what, file=path) from error
    if len(rows) != 1 or not rows[0][0]:
        raise WarehouseDamaged("no run of sbdk made this file", file=path)
    return str(rows[0][0])


def _storage(connection: Connection) -> str:
    query = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()"
    return str(connection.execute(query).fetchall()[0][0])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
