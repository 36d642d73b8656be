"""A table in a DuckDB file of the user's, read-only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from sbdk.core.errors import LockHeld, UsageError, WarehouseDamaged
from sbdk.core.sql import qualified, quoted
from sbdk.export.formats import Batches

SUFFIXES = (".duckdb", ".ddb", ".db")
_BATCH = 122_880
_TABLES = """
select distinct table_schema from information_schema.tables
where table_catalog = current_catalog() and table_name = ? and table_schema not like '\\_%' escape '\\'
  and table_schema not like '%\\_staging' escape '\\'
order by table_schema
"""
_COLUMNS = """
select column_name from information_schema.columns
where table_catalog = current_catalog() and table_schema = ? and table_name = ?
order by ordinal_position
"""


@dataclass(frozen=True)
class DuckDBTable:
    """`schema`.`table` of the file at `path`."""

    path: Path
    schema: str
    table: str

    @classmethod
    def find(cls, path: Path, table: str) -> Iterator[DuckDBTable]:
        """The table of that name, if any. If in several schemas: the one in raw, else in main, else UsageError."""
        with _opened(path) as connection:
            schemas = [row[0] for row in connection.execute(_TABLES, [table]).fetchall()]
        preferred = [schema for schema in ("raw", "main") if schema in schemas] or schemas
        if len(schemas) > 1 and preferred == schemas:
            raise UsageError(f"{table} is in several schemas: {', '.join(schemas)}", file=path)
        if schemas:
            yield cls(path, preferred[0], table)

    def names(self) -> list[str]:
        with _opened(self.path) as connection:
            rows = connection.execute(_COLUMNS, [self.schema, self.table]).fetchall()
        return [row[0] for row in rows]

    def batches(self, schema: pa.Schema) -> Batches:
        present = set(self.names())
        columns = [quoted(name) for name in schema.names if name in present]
        query = f"select {', '.join(columns)} from {qualified(self.schema, self.table)}"  # noqa: S608  quoted
        with _opened(self.path) as connection:
            yield from connection.sql(query).to_arrow_reader(_BATCH)


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection. UsageError: no such file; LockHeld: it has a writer; WarehouseDamaged: anything else."""
    if not path.is_file():
        raise UsageError("no such file", file=path)
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield connection
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise LockHeld("another process is writing this file", file=path, hint="try again later") from error
        raise WarehouseDamaged(f"DuckDB cannot read it: {str(error).splitlines()[0]}", file=path) from error
