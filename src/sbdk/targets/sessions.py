"""Sessions that belong to no project's target: on any file, on a user's own connection, on an empty database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sbdk.targets.base import Connection

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AnyConnection: TypeAlias = "Connection | DuckDBPyConnection"
"""The argument of public functions: a session of a target, or a user's own `duckdb.connect(…)`."""


def as_connection(opened: AnyConnection) -> Connection:
    """The session itself, or a user's own DuckDB connection behind the same interface; closing it stays the user's."""
    from duckdb import DuckDBPyConnection

    from sbdk.targets.duckdb.connection import DuckDBConnection

    return DuckDBConnection(opened) if isinstance(opened, DuckDBPyConnection) else opened


def open_file(path: Path) -> Connection:
    """A read-only session on any DuckDB file. Raises WarehouseDamaged, LockHeld or DiskError."""
    from sbdk.targets.duckdb.connection import DuckDBConnection
    from sbdk.targets.duckdb.readonly import open_readonly

    return DuckDBConnection(open_readonly(path))


def scratch(*, files: bool = False) -> Connection:
    """An empty in-memory DuckDB, to convert values and to parse SQL; with `files` it can read and write files.

    Names in its SQL are tables, never Python variables that happen to be in scope.
    """
    import duckdb

    from sbdk.targets.duckdb.connection import DuckDBConnection

    config = {"python_enable_replacements": "false", "enable_external_access": "true" if files else "false"}
    return DuckDBConnection(duckdb.connect(":memory:", config=config))


@lru_cache(maxsize=1)
def reserved_words() -> frozenset[str]:
    """Words of DuckDB's SQL that must be quoted to be a name."""
    with scratch() as connection:
        words = connection.rows("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'")
    return frozenset(word for (word,) in words)
