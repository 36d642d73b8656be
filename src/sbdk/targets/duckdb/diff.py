"""What changed between two builds: tables, columns, rows.

Left out: our own schema `_sbdk`, dlt's tables `_dlt_…` and its columns of the same prefix (they differ at every load).
Views are compared by their columns alone, since their rows are those of tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from sbdk.core.errors import UsageError
from sbdk.core.sql import quoted
from sbdk.targets.duckdb.connection import Connection, attach
from sbdk.targets.duckdb.query import bounded
from sbdk.targets.duckdb.rowdiff import Pair, Rows, compare_rows, count_rows
from sbdk.targets.duckdb.sandbox import shut_off
from sbdk.warehouse.manifest import Published

Columns = dict[str, str]
Status = Literal["added", "removed", "changed", "same"]


@dataclass(frozen=True)
class TableDiff:
    """One table or view as schema.table. Column maps: name to type; `retyped`: name to (before, after)."""

    name: str
    kind: Literal["table", "view"]
    status: Status
    rows_before: int | None = None
    rows_after: int | None = None
    columns_added: Columns = field(default_factory=dict)
    columns_removed: Columns = field(default_factory=dict)
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: Rows | None = None


@dataclass(frozen=True)
class Diff:
    """From the build `before` to the build `after` (run ids), table by table, those that are the same included."""

    before: str
    after: str
    tables: list[TableDiff]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(table.status == "same" for table in self.tables)


def diff(
    build_a: Published,
    build_b: Published,
    keys: Mapping[str, tuple[str, ...]] | None = None,
    *,
    max_seconds: float | None = None,
) -> Diff:
    """Compare two builds. `keys`: schema.table to its key columns, where the caller knows them.

    Without a key of its own, a table's primary key is used, or its first column if that is unique. Raises
    WarehouseDamaged, LockHeld or DiskTrouble when a file cannot be read, QueryTimeout after `max_seconds`.
    """
    with _both(build_a, build_b) as connection, bounded(connection, max_seconds):
        before, after = _relations(connection, "a"), _relations(connection, "b")
        names = sorted({*before, *after})
        tables = [_one(connection, name, before.get(name), after.get(name), (keys or {}).get(name)) for name in names]
    return Diff(build_a.run_id, build_b.run_id, tables)


@contextmanager
def _both(build_a: Published, build_b: Published) -> Iterator[Connection]:
    connection = duckdb.connect(":memory:")
    try:
        attach(connection, build_a.path, "a")
        if build_b.path == build_a.path:  # DuckDB attaches a file once only
            raise UsageError(f"{build_a.run_id} cannot be compared with itself")
        attach(connection, build_b.path, "b")
        with shut_off(connection):
            yield connection
    finally:
        connection.close()


@dataclass(frozen=True)
class _Relation:
    schema: str
    table: str
    kind: Literal["table", "view"]
    columns: Columns

    def in_catalogue(self, catalogue: str) -> str:
        return f"{catalogue}.{quoted(self.schema)}.{quoted(self.table)}"


_COLUMNS = """
SELECT schema_name, table_name, table_name IN (SELECT view_name FROM duckdb_views() v
       WHERE v.database_name = c.database_name AND v.schema_name = c.schema_name), column_name, data_type
FROM duckdb_columns() c
WHERE database_name = ? AND NOT internal AND schema_name <> '_sbdk'
  AND NOT starts_with(table_name, '_dlt_') AND NOT starts_with(column_name, '_dlt_')
ORDER BY schema_name, table_name, column_index
"""


def _relations(connection: Connection, catalogue: str) -> dict[str, _Relation]:
    found: dict[str, _Relation] = {}
    for schema, table, is_view, column, kind in connection.execute(_COLUMNS, [catalogue]).fetchall():
        relation = found.setdefault(f"{schema}.{table}", _Relation(schema, table, "view" if is_view else "table", {}))
        relation.columns[column] = kind
    return found


def _one(
    connection: Connection, name: str, old: _Relation | None, new: _Relation | None, key: tuple[str, ...] | None
) -> TableDiff:
    if old is None or new is None or old.kind != new.kind:
        return _come_or_gone(connection, name, old, new)
    both = [column for column in new.columns if column in old.columns]
    retyped = {c: (old.columns[c], new.columns[c]) for c in both if old.columns[c] != new.columns[c]}
    added = {column: kind for column, kind in new.columns.items() if column not in old.columns}
    removed = {column: kind for column, kind in old.columns.items() if column not in new.columns}
    rows = None
    if new.kind == "table":
        pair = Pair(old.in_catalogue("a"), new.in_catalogue("b"), both, frozenset(retyped))
        rows = compare_rows(connection, pair, key)
    changed = added or removed or retyped or (rows is not None and not rows.same)
    before, after = (rows.before, rows.after) if rows else (None, None)
    status: Status = "changed" if changed else "same"
    return TableDiff(name, new.kind, status, before, after, added, removed, retyped, rows)


def _come_or_gone(connection: Connection, name: str, old: _Relation | None, new: _Relation | None) -> TableDiff:
    """A table on one side only; or one that turned from a table into a view, or back, which counts as changed."""
    before = count_rows(connection, old.in_catalogue("a")) if old and old.kind == "table" else None
    after = count_rows(connection, new.in_catalogue("b")) if new and new.kind == "table" else None
    there = new or old
    assert there is not None
    status: Status = "changed" if old and new else "added" if new else "removed"
    return TableDiff(name, there.kind, status, before, after)
