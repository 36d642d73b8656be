"""What a caller declares about changes: keys, sequence, deletes, SCD type; names and errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import duckdb

from sbdk.cdc.macros import render
from sbdk.core.errors import Terminal
from sbdk.core.sql import name_parts, qualified


@dataclass(frozen=True)
class Declaration:
    """The options of AUTO CDC, by their names. Their meaning is settled in `dbt/scd_settle.sql`, for dbt, too."""

    keys: list[str]
    sequence_by: str | list[str]
    apply_as_deletes: str | None = None
    apply_as_truncates: str | None = None
    column_list: list[str] | None = None
    except_column_list: list[str] | None = None
    stored_as_scd_type: int = 1
    track_history_column_list: list[str] | None = None
    track_history_except_column_list: list[str] | None = None
    ignore_null_updates: bool = False
    lateness: float | str | timedelta | None = None

    def settle(self, columns: list[dict[str, str]], there: dict[str, Any] | None = None) -> dict[str, Any]:
        """The dict that all macros take, for a feed of `columns` (name, type) and the table that is `there`."""
        scd: dict[str, Any] = {**asdict(self), "columns": columns, **(there or {"target": None})}
        if isinstance(self.lateness, timedelta):
            scd["lateness"] = f"{self.lateness // timedelta(microseconds=1)} microseconds"
        problems: list[dict[str, str | None]] = []
        render("scd_settle", scd, problems)
        if problems:
            raise ChangeError(str(problems[0]["message"]), hint=problems[0]["hint"])
        return scd


class ChangeError(Terminal, ValueError):
    """A declaration that does not fit the feed or the table, or events that have no place in a history."""

    code = "changes"


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
