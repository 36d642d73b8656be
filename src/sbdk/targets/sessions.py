"""Opens a target by name, and sessions that belong to no target: on any file, on a user's connection, on an empty one.

Each database is imported on use: `sbdk --help` loads none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sbdk.core.errors import UnknownName
from sbdk.core.events import Emit, silent
from sbdk.targets.base import Connection, Target

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


TargetFactory: TypeAlias = Callable[[Path, Path, Emit, Path | None, tuple[Path, ...]], Target]
"""Arguments: the path of the published state, the project's `.sbdk` folder, the receiver of warnings, and `start` and
`folders` of `open_target`."""


def open_target(
    published: Path,
    state: Path,
    *,
    kind: str = "duckdb",
    emit: Emit = silent,
    start: Path | None = None,
    folders: tuple[Path, ...] = (),
) -> Target:
    """The target `kind` of the project whose `.sbdk` folder is `state`; opens nothing. UnknownName.

    `start`: the folder from which relative paths of views over files start; `folders`: those that queries may read.
    """
    if kind not in TARGETS:
        raise UnknownName(f"no target is called {kind!r}", hint=f"known: {', '.join(sorted(TARGETS))}")
    return TARGETS[kind](published, state, emit, start, folders)


def _duckdb(published: Path, state: Path, emit: Emit, start: Path | None, folders: tuple[Path, ...]) -> Target:
    from sbdk.targets.duckdb.outside_files import OutsideFiles
    from sbdk.targets.duckdb.target import DuckDBTarget

    return DuckDBTarget(published, state, emit=emit, files=OutsideFiles(start, folders))


TARGETS: dict[str, TargetFactory] = {"duckdb": _duckdb}


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
