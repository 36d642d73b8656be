"""The sessions of the in-memory target: on a build, and read-only ones on what was published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from sbdk.core.errors import QueryForbidden, Terminal, TransformError
from sbdk.core.sql import qualified, quoted
from sbdk.targets.base import Connection, Row
from sbdk.targets.duckdb import metadata
from sbdk.targets.duckdb.connection import DuckDBConnection


@dataclass(frozen=True)
class MemoryBuild:
    """Implements `Build`: one `catalogue` of a DuckDB instance. `sessions`: those that are open."""

    folder: Path
    run_id: str
    parent: str | None
    instance: duckdb.DuckDBPyConnection
    catalogue: str
    sessions: list[_BuildSession] = field(default_factory=list)

    def connect(self) -> DuckDBConnection:
        return _BuildSession(self)

    def dlt_destination(self, connection: Connection) -> Any:
        raise Terminal("dlt loads from files, which a build in memory cannot read")

    def dbt_profile(self) -> dict[str, str]:
        raise Terminal("dbt runs in another process, which a build in memory is not seen by")

    def enroll(self, pid: int) -> None:
        """No other process can reach the build."""

    def dismiss(self, pid: int) -> None:
        """See `enroll`."""

    def clock(self) -> datetime | None:
        with self.connect() as connection:
            return metadata.read_clock(connection.raw)

    def set_clock(self, now: datetime) -> None:
        with self.connect() as connection:
            metadata.set_clock(connection.raw, now)


class _BuildSession(DuckDBConnection):
    """A session whose default catalogue is the build's."""

    def __init__(self, build: MemoryBuild) -> None:
        super().__init__(build.instance.cursor())
        self.raw.execute(f"USE {quoted(build.catalogue)}")
        self._sessions = build.sessions
        self._sessions.append(self)

    def close(self) -> None:
        super().close()
        if self in self._sessions:
            self._sessions.remove(self)


def check_views(connection: DuckDBConnection) -> None:
    """TransformError for a view that cannot be read: DuckDB binds a view when it is used, not when it is created."""
    for table in connection.tables():
        if table.kind == "view":
            try:
                connection.raw.execute(f"DESCRIBE {qualified(table.schema, table.name)}")
            except duckdb.Error as error:
                text = str(error).partition("\n")[0]
                raise TransformError(f"the view {table.full_name} cannot be read: {text}") from error


_WRITES = {"INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER"}
_TEMPORARY = re.compile(r"\btemp(orary)?\b", re.IGNORECASE)


class MemoryReader(DuckDBConnection):
    """A session on a copy of a generation, which is dropped with it. Statements that write raise QueryForbidden, except
    those about temporary tables."""

    def __init__(self, instance: duckdb.DuckDBPyConnection, catalogue: str) -> None:
        super().__init__(instance.cursor())
        self._instance, self._catalogue = instance, catalogue
        self.raw.execute(f"USE {quoted(catalogue)}")
        self.search_all()

    def execute(self, sql: str, params: Sequence[object] = ()) -> None:
        _reject_writes(sql)
        super().execute(sql, params)

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        _reject_writes(sql)
        return super().rows(sql, params)

    def close(self) -> None:
        super().close()
        self._instance.execute(f"DETACH DATABASE IF EXISTS {quoted(self._catalogue)}")


def _reject_writes(sql: str) -> None:
    """QueryForbidden for a statement that would change a table which is not temporary."""
    kinds = {statement.type.name for statement in duckdb.extract_statements(sql)}
    if kinds & _WRITES and not _TEMPORARY.search(sql):
        raise QueryForbidden("a reader of the published state is read-only")
