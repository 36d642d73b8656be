"""How one table of a database is loaded: its key, its cursor and look-back, and how each column can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sbdk.app.add.database import Database, Table
from sbdk.core.errors import UsageError

LOOK_BACK = {"time": 3600, "date": 1, "number": 1000}
"""How far before the last cursor a run reads again, in dlt's unit for the kind of cursor: seconds, days, numbers."""

_CONNECTORX = {
    "BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE_PRECISION", "DOUBLE", "FLOAT", "TEXT", "VARCHAR",
    "CHAR", "DATE", "TIMESTAMP", "UUID", "JSON", "JSONB", "BYTEA", "ENUM",
}  # fmt: skip
"""Types of PostgreSQL that connectorx 0.4 reads as they are; TIME without a zone and NUMERIC within its digits, too."""
_AS_TEXT = {
    "INTERVAL", "CIDR", "INET", "MACADDR", "MACADDR8", "MONEY", "XML", "BIT", "TSVECTOR", "TSQUERY", "HSTORE", "OID",
    "REGCLASS", "INT4RANGE", "INT8RANGE", "NUMRANGE", "DATERANGE", "TSRANGE", "TSTZRANGE", "INT4MULTIRANGE",
    "INT8MULTIRANGE", "NUMMULTIRANGE", "DATEMULTIRANGE", "TSMULTIRANGE", "TSTZMULTIRANGE", "CITEXT", "JSONPATH",
    "NullType",
}  # fmt: skip
"""Types that neither Arrow nor DuckDB has, or that drivers do not read: the database writes them as text."""


@dataclass(frozen=True)
class TablePlan:
    """What the file says about one table."""

    table: Table
    key: tuple[str, ...]
    cursor: str | None
    lag: float | None
    backend: str
    text_columns: tuple[str, ...]

    @property
    def cursor_kind(self) -> str | None:
        return self.table.column(self.cursor).kind if self.cursor else None

    @property
    def parts_undated(self) -> bool:
        """Whether rows may have no cursor, or none to believe, and are read by a resource of their own.

        A number has no future, and a NULL among numbers is read on its own only where there can be one.
        """
        return self.cursor_kind in ("time", "date")

    @property
    def disposition(self) -> str:
        if self.cursor is None:
            return "replace"
        return "merge" if self.key else "append"

    def as_dict(self) -> dict[str, Any]:
        return {
            "table": self.table.name,
            "key": list(self.key),
            "cursor": self.cursor,
            "look_back": self.lag,
            "write_disposition": self.disposition,
            "backend": self.backend,
            "as_text": list(self.text_columns),
        }


def plan(
    database: Database,
    table: Table,
    *,
    cursor: str | None,
    key: Sequence[str] = (),
    lag: float | None = None,
) -> TablePlan:
    """The plan of a table. UsageError for a column that is not there, or that cannot be a cursor.

    lag: the look-back; None takes LOOK_BACK. Without a key there is none: rows that are read twice would be doubled.
    """
    for name in key:
        table.column(name)
    chosen = tuple(key) or table.key
    if cursor is not None:
        _check_cursor(table, cursor)
    if lag and not chosen:
        hint = "--key names columns that identify a row; without them, rows read twice would be there twice"
        raise UsageError(f"--lag needs a key, and {table.name} has none", hint=hint)
    backend, text = _reading(database, table)
    return TablePlan(table, chosen, cursor, _look_back(table, cursor, chosen, lag), backend, text)


def _check_cursor(table: Table, cursor: str) -> None:
    column = table.column(cursor)
    if column.kind == "other":
        hint = "a cursor is a time, a date or a number that grows with each change"
        raise UsageError(f"{table.name}.{cursor} is a {column.type}, which cannot be a cursor", hint=hint)


def _look_back(table: Table, cursor: str | None, key: tuple[str, ...], lag: float | None) -> float | None:
    if cursor is None or not key:
        return None
    return LOOK_BACK.get(table.column(cursor).kind) if lag is None else (lag or None)


def _reading(database: Database, table: Table) -> tuple[str, tuple[str, ...]]:
    """The backend, and the columns to read as text.

    connectorx is about twice as fast as psycopg, and reads NUMERIC with 28 digits before and 10 after the point; of
    databases other than PostgreSQL its types were not tried.
    """
    text = tuple(column.name for column in table.columns if _needs_text(column.type))
    rest = [column.type for column in table.columns if column.name not in text]
    quick = database.dialect == "postgresql" and all(_connectorx_reads(kind) for kind in rest)
    return ("connectorx" if quick else "pyarrow"), text


def _needs_text(kind: Any) -> bool:
    name = type(kind).__name__
    if name == "NUMERIC" and kind.precision is None:  # any number of digits, and NaN
        return True
    return name in _AS_TEXT or (name == "TIME" and bool(kind.timezone))


def _connectorx_reads(kind: Any) -> bool:
    name = type(kind).__name__
    if name == "TIME":
        return not kind.timezone
    if name == "NUMERIC":
        digits, scale = kind.precision, kind.scale or 0
        return digits is not None and scale <= 10 and digits - scale <= 28
    return name in _CONNECTORX
