"""Applies change data: SCD type 1 and 2 from a feed of changes, into a result or into a table."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow as pa

from sbdk.cdc import feed as feeds
from sbdk.cdc.declaration import ChangeError, Declaration, TableName, render
from sbdk.core.failpoints import failpoint


def apply_changes(
    feed: pa.Table | pa.RecordBatchReader,
    *,
    keys: list[str],
    sequence_by: str | list[str],
    apply_as_deletes: str | None = None,
    apply_as_truncates: str | None = None,
    column_list: list[str] | None = None,
    except_column_list: list[str] | None = None,
    stored_as_scd_type: int = 1,
    track_history_column_list: list[str] | None = None,
    track_history_except_column_list: list[str] | None = None,
    ignore_null_updates: bool = False,
) -> pa.Table:
    """Build the slowly changing dimension of a feed of changes. Order and repetition of its events make no difference.

    Type 1 is the last state of each key, type 2 its history: one row for each version, with `valid_from` and
    `valid_to` (null: current) in the type of `sequence_by`, or structs of several sequence columns. Conditions are SQL
    over the feed's columns. Rows come in no particular order.

    Raises ChangeError for a declaration that does not fit the feed and for events without key or sequence.
    Semantics and names of AUTO CDC, https://docs.databricks.com/en/dlt/cdc.html; docs/cdc.md has the fine points.
    """
    declaration = Declaration.from_arguments(locals())
    with private_connection() as connection:
        scd = declaration.macro_arguments(feeds.columns(connection, feed))
        return _apply(connection, scd, feed)


@contextmanager
def private_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that may spill into a temporary folder; its errors are raised as ChangeError."""
    with tempfile.TemporaryDirectory(prefix="sbdk-cdc-") as spill:
        config = {"temp_directory": spill, "preserve_insertion_order": "false"}
        with duckdb.connect(config=config) as connection, as_change_error():
            yield connection


@contextmanager
def as_change_error() -> Iterator[None]:
    """Raise ChangeError for a condition that is not valid SQL and for contents that DuckDB rejects."""
    try:
        yield
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError) as error:
        raise ChangeError(f"the changes cannot be applied: {error}") from error


def _apply(connection: duckdb.DuckDBPyConnection, scd: dict[str, Any], feed: feeds.Feed) -> pa.Table:
    with feeds.registered(connection, feed) as name:
        relation = feeds.readable_twice(connection, feed, name)
        if scd["apply_as_deletes"] or scd["apply_as_truncates"]:
            feeds.check(connection, "scd_wrong_conditions", scd, relation)
        events = f"({render('scd_events', scd, relation)})"
        feeds.check(connection, "scd_wrong_events", scd, events)
        return table_of(connection, scd, events)


def table_of(connection: duckdb.DuckDBPyConnection, scd: dict[str, Any], events: str) -> pa.Table:
    """The dimension of `events`, a relation of events in canonical form."""
    winners = f"({render('scd_winners', scd, events)})"
    return connection.sql(render("scd_history", scd, winners, False)).to_arrow_table()


@dataclass(frozen=True)
class ChangeCounts:
    """The effect of a batch, counted in rows of the table, then in events.

    inserted: new rows (type 2: versions; type 1: keys). closed: versions that ended (type 1: deleted rows).
    duplicates: exact repeats. ties: events with the key and sequence of another event but other contents.
    refused_late: events before the horizon. Events received = growth of the log + the last three.
    """

    inserted: int
    closed: int
    duplicates: int
    ties: int
    refused_late: int


def apply_changes_into(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    feed: pa.Table | pa.RecordBatchReader,
    *,
    keys: list[str],
    sequence_by: str | list[str],
    apply_as_deletes: str | None = None,
    apply_as_truncates: str | None = None,
    column_list: list[str] | None = None,
    except_column_list: list[str] | None = None,
    stored_as_scd_type: int = 1,
    track_history_column_list: list[str] | None = None,
    track_history_except_column_list: list[str] | None = None,
    ignore_null_updates: bool = False,
    lateness: float | str | timedelta | None = None,
) -> ChangeCounts:
    """Merge a batch of changes into the table `target` (`[[database.]schema.]table`), created if it is missing.

    Beside it, `<target>__log` keeps one event per key and sequence. Both are written in one transaction (the caller's,
    if there is one), so that the table always equals `apply_changes` of all events so far, in whatever order and
    batches they were delivered; events that the log has already write nothing. With `lateness` (a timedelta or an
    interval for times, else a number), events further than that behind the greatest sequence before this batch are
    refused and counted, and the log drops the events that it no longer needs.

    Raises ChangeError, and then writes nothing: as `apply_changes`, and if the table was created with other keys,
    another type of sequence, another SCD type or other tracked columns.
    """
    declaration = Declaration.from_arguments(locals())
    columns = feeds.columns(connection, feed)
    with feeds.registered(connection, feed) as name, _transaction(connection), as_change_error():
        table = TableName.resolve(connection, target)
        scd = declaration.macro_arguments(columns, _existing_state(connection, table))
        return _run_steps(connection, scd, feeds.readable_twice(connection, feed, name))


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction of its own, or the one that the caller began, which the caller ends."""
    if _within_transaction(connection):
        yield
        return
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _within_transaction(connection: duckdb.DuckDBPyConnection) -> bool:
    """Two statements have one transaction id only inside a transaction. (A second BEGIN would abort the caller's.)"""
    first, second = (connection.execute("select txid_current()").fetchall() for _ in range(2))
    return bool(first == second)


def _existing_state(connection: duckdb.DuckDBPyConnection, table: TableName) -> dict[str, Any]:
    """The existing table and its log, as the macros take them."""
    rows = connection.execute(render("scd_state", table.database, table.schema, table.table)).fetchall()
    log = [row for row in rows if row[0]]
    return {
        "target": table.quoted(),
        "log": table.log().quoted(),
        "has_log": bool(log),
        "has_target": len(rows) > len(log),
        "known": json.loads(log[0][1]) if log and log[0][1] else None,
        "known_columns": [{"name": row[2], "type": row[3]} for row in log if not row[2].startswith("__")],
    }


def _run_steps(connection: duckdb.DuckDBPyConnection, scd: dict[str, Any], feed: str) -> ChangeCounts:
    steps: list[dict[str, Any]] = []
    render("scd_steps", scd, feed, steps)
    rows: list[Any] = []
    for step in steps:
        rows = connection.execute(step["sql"]).fetchall()
        if step["refuses"]:
            feeds.raise_first(rows)
        failpoint(f"changes_{step['name']}")
    connection.execute(render("scd_drop_working_tables"))
    return ChangeCounts(*rows[0])
