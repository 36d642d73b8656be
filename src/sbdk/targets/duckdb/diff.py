"""The comparison of two builds, as two catalogues of one DuckDB session.

Left out: sbdk's schema `_sbdk`, dlt's tables `_dlt_…` and its columns of the same prefix (they differ at every load).
Views are compared by their columns alone, since their rows are those of tables. Rows are compared by key where there is
one, else as bags of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import duckdb

from sbdk.core.errors import UsageError
from sbdk.core.sql import quoted
from sbdk.state.builds import PublishedBuild
from sbdk.targets.base import Connection
from sbdk.targets.changes import Columns, Diff, RowDiff, Status, TableDiff
from sbdk.targets.duckdb.connection import DuckDBConnection
from sbdk.targets.duckdb.readonly import attach, lock_down

# ruff: noqa: S608 - the only things put into the SQL here are quoted identifiers


def diff(
    build_a: PublishedBuild,
    build_b: PublishedBuild,
    keys: Mapping[str, tuple[str, ...]] | None = None,
    *,
    max_seconds: float | None = None,
) -> Diff:
    """Compare two builds. `keys`: schema.table to its key columns, where the caller knows them.

    Without a key of its own, a table's primary key is used, or its first column if that is unique. Raises
    WarehouseDamaged, LockHeld or DiskError when a file cannot be read, QueryTimeout after `max_seconds`.
    """
    with _attach_both(build_a, build_b) as connection, connection.time_limit(max_seconds):
        return Diff(build_a.run_id, build_b.run_id, compare_catalogues(connection, keys))


def compare_catalogues(
    connection: Connection, keys: Mapping[str, tuple[str, ...]] | None, old: str = "a", new: str = "b"
) -> list[TableDiff]:
    """The tables of the attached catalogue `new` against those of `old`."""
    before, after = _tables(connection, old), _tables(connection, new)
    names = sorted({*before, *after})
    return [
        _compare_table(connection, name, before.get(name), after.get(name), (keys or {}).get(name)) for name in names
    ]


@contextmanager
def _attach_both(build_a: PublishedBuild, build_b: PublishedBuild) -> Iterator[DuckDBConnection]:
    with duckdb.connect(":memory:") as raw:
        attach(raw, build_a.path, "a")
        if build_b.path == build_a.path:  # DuckDB attaches a file once only
            raise UsageError(f"{build_a.run_id} cannot be compared with itself")
        attach(raw, build_b.path, "b")
        with lock_down(raw):
            yield DuckDBConnection(raw)


@dataclass(frozen=True)
class _DiffTable:
    catalogue: str
    schema: str
    table: str
    kind: Literal["table", "view"]
    columns: Columns

    @property
    def sql(self) -> str:
        return f"{quoted(self.catalogue)}.{quoted(self.schema)}.{quoted(self.table)}"


_COLUMNS = """
SELECT schema_name, table_name, table_name IN (SELECT view_name FROM duckdb_views() v
       WHERE v.database_name = c.database_name AND v.schema_name = c.schema_name), column_name, data_type
FROM duckdb_columns() c
WHERE database_name = ? AND NOT internal AND schema_name <> '_sbdk'
  AND NOT starts_with(table_name, '_dlt_') AND NOT starts_with(column_name, '_dlt_')
ORDER BY schema_name, table_name, column_index
"""


def _tables(connection: Connection, catalogue: str) -> dict[str, _DiffTable]:
    tables: dict[str, _DiffTable] = {}
    for schema, table, is_view, column, kind in connection.rows(_COLUMNS, [catalogue]):
        new = _DiffTable(catalogue, schema, table, "view" if is_view else "table", {})
        tables.setdefault(f"{schema}.{table}", new).columns[column] = kind
    return tables


def _compare_table(
    connection: Connection, name: str, old: _DiffTable | None, new: _DiffTable | None, key: tuple[str, ...] | None
) -> TableDiff:
    if old is None or new is None or old.kind != new.kind:
        return _added_or_removed(connection, name, old, new)
    both = [column for column in new.columns if column in old.columns]
    retyped = {c: (old.columns[c], new.columns[c]) for c in both if old.columns[c] != new.columns[c]}
    added = {column: kind for column, kind in new.columns.items() if column not in old.columns}
    removed = {column: kind for column, kind in old.columns.items() if column not in new.columns}
    rows = None
    if new.kind == "table":
        pair = _Pair(old.sql, new.sql, both, frozenset(retyped))
        rows = _compare_rows(connection, pair, key)
    changed = added or removed or retyped or (rows is not None and not rows.same)
    before, after = (rows.before, rows.after) if rows else (None, None)
    status: Status = "changed" if changed else "same"
    return TableDiff(name, new.kind, status, before, after, added, removed, retyped, rows)


def _added_or_removed(connection: Connection, name: str, old: _DiffTable | None, new: _DiffTable | None) -> TableDiff:
    """A table of one build only; or one that is a table in one build and a view in the other: changed."""
    before = _count_rows(connection, old.sql) if old and old.kind == "table" else None
    after = _count_rows(connection, new.sql) if new and new.kind == "table" else None
    table = new or old
    assert table is not None
    status: Status = "changed" if old and new else "added" if new else "removed"
    return TableDiff(name, table.kind, status, before, after)


@dataclass(frozen=True)
class _Pair:
    """A table in two builds (names quoted), the `columns` both have, and those of them whose type differs."""

    old: str
    new: str
    columns: list[str]
    retyped: frozenset[str] = frozenset()

    def cell(self, column: str) -> str:
        """The column as SQL; as text if its types differ: a cast from one to the other may fail."""
        return f"CAST({quoted(column)} AS VARCHAR)" if column in self.retyped else quoted(column)


def _count_rows(connection: Connection, table: str) -> int:
    """Rows of a table, whose name is quoted already."""
    return int(connection.value(f"SELECT count(*) FROM {table}"))


def _compare_rows(connection: Connection, pair: _Pair, key: tuple[str, ...] | None) -> RowDiff:
    """Compare on the columns both have. Values compare as by IS DISTINCT FROM: NULL equals NULL, NaN equals NaN."""
    counts = _count_rows(connection, pair.old), _count_rows(connection, pair.new)
    if not pair.columns:
        return RowDiff(*counts, added=counts[1], removed=counts[0])
    candidate = key or _primary_key(connection, pair.new) or (pair.columns[0],)
    if all(_is_key(connection, table, candidate, pair) for table in (pair.old, pair.new)):
        return _compare_by_key(connection, pair, candidate, counts)
    return _compare_as_bags(connection, pair, counts)


def _primary_key(connection: Connection, table: str) -> tuple[str, ...] | None:
    query = """SELECT constraint_column_names, database_name, schema_name, table_name FROM duckdb_constraints()
               WHERE constraint_type = 'PRIMARY KEY'"""
    for columns, catalogue, schema, name in connection.rows(query):
        if f"{quoted(catalogue)}.{quoted(schema)}.{quoted(name)}" == table:
            return tuple(columns)
    return None


def _is_key(connection: Connection, table: str, key: tuple[str, ...], pair: _Pair) -> bool:
    """Whether the columns exist, and are never null and unique together."""
    if not set(key) <= set(pair.columns):
        return False
    names = ", ".join(pair.cell(column) for column in key)
    nulls = " OR ".join(f"{quoted(column)} IS NULL" for column in key)
    query = f"""SELECT count(*) FILTER (WHERE {nulls}) = 0 AND count(*) = (SELECT count(*) FROM
                (SELECT DISTINCT {names} FROM {table})) FROM {table}"""
    return bool(connection.value(query))


def _compare_by_key(connection: Connection, pair: _Pair, key: tuple[str, ...], counts: tuple[int, int]) -> RowDiff:
    values = [column for column in pair.columns if column not in key]
    # Columns get names of ours (k0, v0, …): those of the user may collide with anything.
    names = [f"{pair.cell(column)} AS k{i}" for i, column in enumerate(key)]
    names += [f"{pair.cell(column)} AS v{i}" for i, column in enumerate(values)]
    side = f"SELECT {', '.join(names)}, true AS here FROM "
    join = " AND ".join(f"x.k{i} = y.k{i}" for i in range(len(key)))
    differs = [f"(x.here AND y.here AND x.v{i} IS DISTINCT FROM y.v{i})" for i in range(len(values))]
    counted = ["y.here AND x.here IS NULL", "x.here AND y.here IS NULL", " OR ".join(differs) or "false", *differs]
    query = f"""SELECT {", ".join(f"count(*) FILTER (WHERE {what})" for what in counted)}
                FROM ({side}{pair.old}) x FULL JOIN ({side}{pair.new}) y ON {join}"""
    added, removed, changed, *each = connection.rows(query)[0]
    by_column = {column: number for column, number in zip(values, each, strict=True) if number}
    return RowDiff(*counts, added=added, removed=removed, changed=changed, key=key, columns=by_column)


def _compare_as_bags(connection: Connection, pair: _Pair, counts: tuple[int, int]) -> RowDiff:
    names = ", ".join(pair.cell(column) for column in pair.columns)

    def count_extra(table: str, base: str) -> int:
        return _count_rows(connection, f"(SELECT {names} FROM {table} EXCEPT ALL SELECT {names} FROM {base})")

    return RowDiff(*counts, added=count_extra(pair.new, pair.old), removed=count_extra(pair.old, pair.new))
