"""A DuckDB session as a `Connection`: DuckDB's errors become sbdk's, its catalogue becomes `TableInfo`."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from sbdk.core.errors import QueryError, QueryTimeout
from sbdk.core.sql import literal, qualified, quoted
from sbdk.targets.base import ColumnInfo, Row, Selected, TableInfo
from sbdk.targets.duckdb.errors import query_error
from sbdk.targets.duckdb.readonly import select_rows

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES = """
SELECT schema_name, table_name, column_name, data_type, is_nullable, table_oid IN (SELECT view_oid FROM duckdb_views())
FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal AND ($1 IS NULL OR schema_name = $1)
ORDER BY schema_name, table_name, column_index
"""


HIDDEN = ("_sbdk",)
SET_ASIDE = "quarantine"
"""The schema of rejected rows, whose tables have the names of those that they were meant for: searched last."""
"""Schemas in which names are not looked up."""


class DuckDBConnection:
    """Implements `Connection`. `raw` is DuckDB's own connection, for this package and for libraries that want it."""

    def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
        self.raw = raw
        self._expired = threading.Event()
        self._ambiguous: dict[str, list[str]] = {}

    def query(self, sql: str, params: Sequence[object] = (), *, limit: int | None = None) -> pa.Table:
        import pyarrow as pa

        from sbdk.targets.duckdb.arrow import to_arrow

        self._refuse_ambiguous(sql)
        with self._translated():
            relation = self._relation(sql, params)
            if relation is None:
                return pa.table({})
            return to_arrow(relation if limit is None else relation.limit(limit))

    def batches(self, sql: str, params: Sequence[object] = (), *, rows: int = 100_000) -> pa.RecordBatchReader:
        import pyarrow as pa

        from sbdk.targets.duckdb.arrow import to_reader

        with self._translated():
            relation = self._relation(sql, params)
            return pa.table({}).to_reader() if relation is None else to_reader(relation, rows)

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        with self._translated():
            rows: list[Row] = self.raw.execute(sql, params or None).fetchall()
            return rows

    def value(self, sql: str, params: Sequence[object] = ()) -> Any:
        with self._translated():
            row = self.raw.execute(sql, params or None).fetchone()
            return row[0] if row else None

    def execute(self, sql: str, params: Sequence[object] = ()) -> None:
        with self._translated():
            self.raw.execute(sql, params or None)

    def select(self, sql: str, most: int) -> Selected:
        self._refuse_ambiguous(sql)
        with self._translated():
            return select_rows(self.raw, sql, most)

    def tables(self, schema: str | None = None) -> list[TableInfo]:
        columns_of: dict[tuple[str, str, bool], list[ColumnInfo]] = {}
        for in_schema, table, column, kind, nullable, is_view in self.rows(_TABLES, [schema]):
            columns_of.setdefault((in_schema, table, is_view), []).append(ColumnInfo(column, kind, bool(nullable)))
        return [
            TableInfo(in_schema, table, "view" if is_view else "table", tuple(columns))
            for (in_schema, table, is_view), columns in columns_of.items()
        ]

    def columns(self, table: str, schema: str | None = None) -> list[ColumnInfo]:
        name = qualified(schema, table) if schema is not None else qualified(table)
        with self._translated():
            try:
                described = self.raw.execute(f"DESCRIBE {name}").fetchall()
            except duckdb.CatalogException:
                return []
        return [ColumnInfo(column, kind, nullable == "YES") for column, kind, nullable, *_ in described]

    def source_tables(self, sql: str) -> set[str]:
        try:
            tables: set[str] = self.raw.get_table_names(sql, qualified=True)
        except (duckdb.Error, RuntimeError):
            return set()
        return {".".join(part.strip('"') for part in table.split(".")[-2:]) for table in tables}

    def search_all(self) -> None:
        rows = self.rows(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()"
            " UNION SELECT schema_name, view_name FROM duckdb_views()"
            " WHERE database_name = current_database() AND NOT internal ORDER BY ALL"
        )
        places: dict[str, list[str]] = {}
        for schema, name in rows:
            places.setdefault(name.lower(), []).append(schema)
        self._ambiguous = {
            name: schemas
            for name, schemas in places.items()
            if len({*schemas} - {SET_ASIDE}) > 1 and "main" not in schemas
        }
        found = [schema for schema, _ in rows if schema not in HIDDEN]
        schemas = dict.fromkeys(sorted(["main", *found], key=lambda schema: schema == SET_ASIDE))
        database = quoted(str(self.value("SELECT current_database()")))
        path = ",".join(f"{database}.{quoted(schema)}" for schema in schemas)
        self.execute(f"SET search_path = {literal(path)}")

    def _refuse_ambiguous(self, sql: str) -> None:
        """QueryError for a name without a schema that several schemas have, and `main` has not."""
        if self._ambiguous:
            plain = _STRINGS.sub(" ", sql)
            for name, schemas in self._ambiguous.items():
                if _reads_bare(name, plain):
                    choice = " or ".join(f"{schema}.{name}" for schema in schemas)
                    raise QueryError(f"{name} is in the schemas {' and '.join(schemas)}", hint=f"write {choice}")

    def register(self, name: str, table: pa.Table) -> None:
        with self._translated():
            self.raw.register(name, table)

    def unregister(self, name: str) -> None:
        with self._translated():
            self.raw.unregister(name)

    @contextmanager
    def time_limit(self, seconds: float | None) -> Iterator[None]:
        if seconds is None:
            yield
            return
        self._expired, over = threading.Event(), threading.Event()
        timer = threading.Timer(seconds, self._interrupt_until, [self._expired, over])
        timer.daemon = True
        timer.start()
        try:
            yield
        except QueryTimeout as error:
            hint = "narrow it down, or raise the limit"
            raise QueryTimeout(f"stopped after {seconds:g} s", hint=hint) from error.__cause__
        finally:
            over.set()
            timer.cancel()
            timer.join()
            self._expired = threading.Event()

    def interrupt(self) -> None:
        self.raw.interrupt()

    def cursor(self) -> DuckDBConnection:
        return DuckDBConnection(self.raw.cursor())

    def close(self) -> None:
        self.raw.close()

    def __enter__(self) -> DuckDBConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _relation(self, sql: str, params: Sequence[object]) -> duckdb.DuckDBPyRelation | None:
        """A relation gives Arrow without a copy; None for a statement that has no rows."""
        try:
            relation: duckdb.DuckDBPyRelation | None = self.raw.sql(sql, params=params or None)
        except (duckdb.BinderException, duckdb.CatalogException):
            self.raw.execute(sql, params or None)  # fails the same way, but the message has the line and position
            raise
        return relation

    def _interrupt_until(self, expired: threading.Event, over: threading.Event) -> None:
        expired.set()
        self.raw.interrupt()
        while not over.wait(0.05):  # an interrupt that falls between two statements has no effect
            self.raw.interrupt()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.InterruptException, RuntimeError) as error:  # RuntimeError: while rows become Arrow batches
            if not isinstance(error, duckdb.Error) and "interrupted" not in str(error).lower():
                raise
            if not self._expired.is_set():
                raise KeyboardInterrupt from error
            raise QueryTimeout("stopped at the time limit") from error
        except duckdb.Error as error:
            raise query_error(error) from error


_STRINGS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_OTHERS = r'(?:[\w".]+(?:\s+(?:as\s+)?\w+)?\s*,\s*)*'  # tables before it in the same FROM


def _reads_bare(name: str, sql: str) -> bool:
    """Whether the statement reads a table of that name without a schema, and defines none of that name itself."""
    word = re.escape(name)
    if re.search(rf'\b"?{word}"?\s+as\s+(?:(?:not\s+)?materialized\s+)?\(', sql, re.IGNORECASE):
        return False
    return bool(re.search(rf'\b(?:from|join)\s+{_OTHERS}"?{word}"?(?![\w"]|\s*[.(])', sql, re.IGNORECASE))
