"""A read-only session of the in-memory target."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from sbdk.core.errors import QueryForbidden
from sbdk.core.sql import quoted
from sbdk.targets.base import Row
from sbdk.targets.duckdb.connection import DuckDBConnection

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
