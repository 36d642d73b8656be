"""A feed of changes as DuckDB sees it: an Arrow table or a reader of batches, under a name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

import duckdb
import pyarrow as pa

from sbdk.cdc.declaration import ChangeError
from sbdk.cdc.macros import render

Feed: TypeAlias = pa.Table | pa.RecordBatchReader
NAME = "__scd_arrow"


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Iterator[str]:
    """`feed` as a relation of `connection`; its name."""
    connection.register(NAME, feed)
    try:
        yield NAME
    finally:
        with suppress(duckdb.TransactionException):  # the caller's transaction is aborted: its end takes the name, too
            connection.unregister(NAME)


def readable_twice(connection: duckdb.DuckDBPyConnection, feed: Feed, name: str) -> str:
    """The name of a relation with the rows of `feed`, which is copied if it is a reader."""
    if isinstance(feed, pa.RecordBatchReader):
        connection.execute(f"create or replace temp table __scd_raw as from {name}")
        return "__scd_raw"
    return name


def columns(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[dict[str, str]]:
    """Names as Arrow has them (DuckDB would rename those that differ only in case), types as DuckDB has them."""
    if not isinstance(feed, pa.Table | pa.RecordBatchReader):
        raise ChangeError(f"a feed is a pyarrow Table or RecordBatchReader, not {type(feed).__name__}")
    with registered(connection, pa.RecordBatchReader.from_batches(feed.schema, [])) as name:
        described = connection.execute(f"describe {name}").fetchall()
    return [{"name": name, "type": row[1]} for name, row in zip(feed.schema.names, described, strict=True)]


def refuse(rows: list[tuple[str, str]]) -> None:
    """Raise the first of the refusals that a query found."""
    for message, hint in rows:
        raise ChangeError(message, hint=hint)


def check(connection: duckdb.DuckDBPyConnection, macro: str, *arguments: object) -> None:
    """Run a query that returns what is to be refused."""
    refuse(connection.execute(render(macro, *arguments)).fetchall())
