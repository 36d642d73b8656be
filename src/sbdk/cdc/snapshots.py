"""Builds the history of a table from snapshots: compares consecutive ones and applies the differences as changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from sbdk.cdc import feed as feeds
from sbdk.cdc.changes import private_connection, table_of
from sbdk.cdc.declaration import ChangeError, Declaration, render

VERSION, GONE = "version of the snapshot", "gone from the snapshot"


def apply_changes_from_snapshot(
    snapshots: Iterable[tuple[Any, pa.Table]],
    *,
    keys: list[str],
    stored_as_scd_type: int = 1,
    track_history_column_list: list[str] | None = None,
    track_history_except_column_list: list[str] | None = None,
) -> pa.Table:
    """Build the slowly changing dimension of full snapshots `(version, table)`, in ascending order of version.

    A key that is missing from a snapshot was deleted at its version. `valid_from` and `valid_to` are versions:
    int, float, str, date or datetime, all of one type. All snapshots have the same columns.

    Raises ChangeError: no snapshot, versions null or not ascending, keys null or twice in one snapshot, other columns.
    """
    declaration = Declaration(
        keys,
        VERSION,
        apply_as_deletes=f'"{GONE}"',
        except_column_list=[VERSION, GONE],
        stored_as_scd_type=stored_as_scd_type,
        track_history_column_list=track_history_column_list,
        track_history_except_column_list=track_history_except_column_list,
    )
    with private_connection() as connection:
        changes = _Changes(connection, declaration)
        for version, table in snapshots:
            changes.add(version, table)
        if changes.version is None:
            raise ChangeError("there is no snapshot", hint="give at least one (version, table)")
        return table_of(connection, changes.scd, f"({render('scd_events', changes.scd, 'changes')})")


class _Changes:
    """The table `changes` of a connection, and the previous snapshot, with which the next one is compared."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, declaration: Declaration) -> None:
        self.connection = connection
        self.declaration = declaration
        self.version: Any = None
        self.scd: dict[str, Any] = {}

    def add(self, version: Any, table: pa.Table) -> None:
        """Append the changes from the previous snapshot to `table`."""
        kind = _type_of(version)
        if self.version is None:
            self._begin(table, kind)
        self._check_follows(version, table)
        self.connection.register("later", table)
        feeds.check(self.connection, "scd_wrong_snapshot", self.scd, "later", str(version))
        self.connection.execute(
            render("scd_snapshot_changes", self.scd, "earlier", "later", VERSION, GONE), [version, version]
        )
        self.connection.register("earlier", table)
        self.version = version

    def _begin(self, table: pa.Table, kind: str) -> None:
        columns = feeds.columns(self.connection, table)
        added = [{"name": VERSION, "type": kind}, {"name": GONE, "type": "BOOLEAN"}]
        self.scd = self.declaration.macro_arguments(columns + added)
        self.columns = columns
        self.connection.register("earlier", table.slice(0, 0))
        self.connection.execute(render("scd_create_changes", self.scd))

    def _check_follows(self, version: Any, table: pa.Table) -> None:
        if _type_of(version) != self.scd["sequence_type"]:
            raise ChangeError(
                f"versions are of mixed types: {version!r} is not a {self.scd['sequence_type']}, unlike those before"
            )
        if self.version is not None and not version > self.version:
            raise ChangeError(
                f"the versions of snapshots must ascend: {version!r} comes after {self.version!r}",
                hint="sort the snapshots by version, and give each version once",
            )
        if feeds.columns(self.connection, table) != self.columns:
            raise ChangeError(f"snapshot {version!r} has other columns or types than the first")


def _type_of(version: Any) -> str:
    """The SQL type of a version."""
    if version is None or version != version:
        raise ChangeError("a snapshot has no version (null or NaN)")
    if isinstance(version, datetime):
        return "TIMESTAMP WITH TIME ZONE" if version.tzinfo else "TIMESTAMP"
    for kind, name in ((int, "BIGINT"), (float, "DOUBLE"), (str, "VARCHAR"), (date, "DATE")):
        if isinstance(version, kind) and not isinstance(version, bool):
            return name
    raise ChangeError(f"a version is an int, float, str, date or datetime, not {type(version).__name__}")
