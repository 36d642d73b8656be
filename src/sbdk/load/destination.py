"""The build as dlt sees it: a DuckDB file that is open once, for all that a load does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlt
import duckdb

from sbdk.core.errors import LoadError
from sbdk.core.sql import quoted

LONGEST_NAME = 180


@contextmanager
def opened(build: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build's file, made if it is not there; LoadError when it cannot be opened."""
    try:
        connection = duckdb.connect(str(build))
    except duckdb.Error as error:
        raise LoadError(f"the build cannot be opened: {error}", file=build) from error
    with connection:
        yield connection


def destination(connection: duckdb.DuckDBPyConnection) -> Any:
    """The open build for dlt, which would otherwise open and close the file for every table it looks at.

    Rows of Python dicts go through Parquet (eight times faster than the INSERT statements that dlt prefers), and names
    are cut to a length that a file name can hold, because dlt writes a file per table.
    """
    limits = {"max_identifier_length": LONGEST_NAME, "max_column_identifier_length": LONGEST_NAME}
    return dlt.destinations.duckdb(connection, preferred_loader_file_format="parquet", **limits)


def kept_name(connection: duckdb.DuckDBPyConnection, dataset: str) -> str | None:
    """The pipeline name under which the build keeps its cursors, None if it keeps none.

    dlt finds them by that name alone; under another one, after the project was renamed, it would load all rows again.
    """
    if not _holds(connection, dataset, "_dlt_pipeline_state"):
        return None
    table = f"{quoted(dataset)}._dlt_pipeline_state"
    row = connection.execute(f"SELECT pipeline_name FROM {table} ORDER BY version DESC LIMIT 1").fetchone()  # noqa: S608
    return str(row[0]) if row else None


def drop_staging(connection: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Remove the schema in which dlt collects the rows of a merge: not to be published, and made anew when needed."""
    staging = f"{dataset}_staging"
    if _holds(connection, staging, "_dlt_version"):
        connection.execute(f"DROP SCHEMA {quoted(staging)} CASCADE")


def _holds(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    here = "database_name = current_database() AND schema_name = ? AND table_name = ?"
    found = connection.execute(f"SELECT 1 FROM duckdb_tables() WHERE {here}", [schema, table])  # noqa: S608
    return found.fetchone() is not None
