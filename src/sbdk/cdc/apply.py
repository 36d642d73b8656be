"""A whole feed of changes into the table that it makes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from sbdk.cdc import feed as feeds
from sbdk.cdc.declaration import Declaration
from sbdk.cdc.errors import ChangeError
from sbdk.cdc.macros import render


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
    """The slowly changing dimension that a feed of changes makes, whatever the order and repetition of its events.

    Type 1 is the last state of each key, type 2 its history: one row for each version, with `valid_from` and
    `valid_to` (null: current) in the type of `sequence_by`, or structs of several sequence columns. Conditions are SQL
    over the feed's columns. Rows come in no particular order.

    Raises ChangeError for a declaration that does not fit the feed and for events without key or sequence.
    Semantics and names of AUTO CDC, https://docs.databricks.com/en/dlt/cdc.html; docs/cdc.md has the fine points.
    """
    declaration = Declaration(
        keys,
        sequence_by,
        apply_as_deletes,
        apply_as_truncates,
        column_list,
        except_column_list,
        stored_as_scd_type,
        track_history_column_list,
        track_history_except_column_list,
        ignore_null_updates,
    )
    with private_connection() as connection:
        scd = declaration.settle(feeds.columns(connection, feed))
        return _applied(connection, scd, feed)


@contextmanager
def private_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory, which may spill into a folder of its own; its errors are ChangeErrors."""
    with tempfile.TemporaryDirectory(prefix="sbdk-cdc-") as spill:
        config = {"temp_directory": spill, "preserve_insertion_order": "false"}
        with duckdb.connect(config=config) as connection, told_as_change_error():
            yield connection


@contextmanager
def told_as_change_error() -> Iterator[None]:
    """A condition that is no SQL, or contents that DuckDB refuses, are an error in the feed or its declaration."""
    try:
        yield
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError) as error:
        raise ChangeError(f"the changes cannot be applied: {error}") from error


def _applied(connection: duckdb.DuckDBPyConnection, scd: dict[str, Any], feed: feeds.Feed) -> pa.Table:
    with feeds.registered(connection, feed) as name:
        relation = feeds.readable_twice(connection, feed, name)
        if scd["apply_as_deletes"] or scd["apply_as_truncates"]:
            feeds.check(connection, "scd_wrong_conditions", scd, relation)
        events = f"({render('scd_events', scd, relation)})"
        feeds.check(connection, "scd_wrong_events", scd, events)
        return table_of(connection, scd, events)


def table_of(connection: duckdb.DuckDBPyConnection, scd: dict[str, Any], events: str) -> pa.Table:
    """The dimension that events in canonical form make."""
    winners = f"({render('scd_winners', scd, events)})"
    return connection.sql(render("scd_history", scd, winners, False)).to_arrow_table()
