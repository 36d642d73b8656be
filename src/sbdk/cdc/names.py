"""The full name of a table in DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from sbdk.cdc.errors import ChangeError
from sbdk.core.sql import name_parts, qualified


@dataclass(frozen=True)
class TableName:
    database: str
    schema: str
    table: str

    @classmethod
    def resolve(cls, connection: duckdb.DuckDBPyConnection, text: str) -> TableName:
        """`table`, `schema.table` or `database.schema.table`, parts quoted or not."""
        parts = name_parts(text)
        if not 1 <= len(parts) <= 3:
            raise ChangeError(f"{text!r} does not name a table", hint="table, schema.table or database.schema.table")
        here = connection.execute("select current_database(), current_schema()").fetchall()[0]
        return cls(*here[: 3 - len(parts)], *parts)

    def log(self) -> TableName:
        return replace(self, table=f"{self.table}__log")

    def quoted(self) -> str:
        return qualified(self.database, self.schema, self.table)
