"""A feed of changes (an Arrow table or a reader of batches) as a named relation of DuckDB, and checks on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

import duckdb
import pyarrow as pa

from sbdk.cdc.declaration import ChangeError, render

Feed: TypeAlias = pa.Table | pa.RecordBatchReader
NAME = "__scd_arrow"


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Iterator[str]:
    """Register `feed` as a relation of `connection` and yield its name."""
    connection.register(NAME, feed)
    try:
        yield NAME
    finally:
        with suppress(duckdb.TransactionException):  # an aborted transaction of the caller drops the name when it ends
            connection.unregister(NAME)


def readable_twice(connection: duckdb.DuckDBPyConnection, feed: Feed, name: str) -> str:
    """The name of a relation with the rows of `feed`; a reader is copied first, since it can be read only once."""
    if isinstance(feed, pa.RecordBatchReader):
        connection.execute(f"create or replace temp table __scd_raw as from {name}")
        return "__scd_raw"
    return name


def columns(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[dict[str, str]]:
    """Arrow's names (DuckDB would rename those that differ only in case) with DuckDB's types."""
    if not isinstance(feed, pa.Table | pa.RecordBatchReader):
        raise ChangeError(f"a feed is a pyarrow Table or RecordBatchReader, not {type(feed).__name__}")
    with registered(connection, pa.RecordBatchReader.from_batches(feed.schema, [])) as name:
        described = connection.execute(f"describe {name}").fetchall()
    return [{"name": name, "type": row[1]} for name, row in zip(feed.schema.names, described, strict=True)]


def raise_first(rows: list[tuple[str, str]]) -> None:
    """Raise ChangeError for the first (message, hint) that a checking query returned."""
    for message, hint in rows:
        raise ChangeError(message, hint=hint)


def check(connection: duckdb.DuckDBPyConnection, macro: str, *arguments: object) -> None:
    """Run a macro's query, which returns a (message, hint) for each fault; raise ChangeError for the first."""
    raise_first(connection.execute(render(macro, *arguments)).fetchall())
