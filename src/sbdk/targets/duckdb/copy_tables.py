"""Copies chosen tables from one attached catalogue into another, with constraints and indexes."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from sbdk.core.sql import qualified, quoted
from sbdk.targets.base import TableInfo

OWN_SCHEMA = "_sbdk"  # of the run that made the file
_DEFINITIONS = """
SELECT schema_name, table_name, sql FROM duckdb_tables() WHERE database_name = ? AND NOT internal AND NOT temporary
ORDER BY ALL
"""
_INDEXES = """
SELECT sql FROM duckdb_indexes() WHERE database_name = ? AND schema_name = ? AND table_name = ? AND sql IS NOT NULL
"""


def copy_tables(
    raw: duckdb.DuckDBPyConnection, source: str, target: str, wanted: Callable[[TableInfo], bool]
) -> list[tuple[str, str]]:
    """Copy the wanted tables of the catalogue `source` that `target`, the current one, lacks: their schema and name.

    sbdk's own tables are left out.
    """
    existing = {place[:2] for place in raw.execute(_DEFINITIONS, [target]).fetchall()}
    copied = []
    for schema, name, definition in raw.execute(_DEFINITIONS, [source]).fetchall():
        if schema == OWN_SCHEMA or (schema, name) in existing or not wanted(TableInfo(schema, name, "table")):
            continue
        raw.execute(f"CREATE SCHEMA IF NOT EXISTS {qualified(target, schema)}")
        _copy(raw, source, schema, name, definition)
        copied.append((schema, name))
    return copied


def _copy(raw: duckdb.DuckDBPyConnection, source: str, schema: str, name: str, definition: str) -> None:
    """By its own definition; where that needs what is not there (a type, a referenced table), without constraints."""
    rows = f"SELECT * FROM {qualified(source, schema, name)}"  # noqa: S608
    try:
        raw.execute(definition)
    except duckdb.Error:
        raw.execute(f"CREATE TABLE {quoted(schema)}.{quoted(name)} AS {rows}")
        return
    raw.execute(f"INSERT INTO {quoted(schema)}.{quoted(name)} {rows}")
    for (index,) in raw.execute(_INDEXES, [source, schema, name]).fetchall():
        raw.execute(index)
