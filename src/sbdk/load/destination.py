"""The build as dlt uses it: one session for all that a load does, and dlt's own tables in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sbdk.core.errors import DiskError, LoadError, LockHeld, WarehouseDamaged
from sbdk.core.sql import quoted
from sbdk.targets.base import Build, Connection


@contextmanager
def opened(build: Build) -> Iterator[Connection]:
    """A session of the build; LoadError when it cannot be opened."""
    try:
        connection = build.connect()
    except (WarehouseDamaged, LockHeld, DiskError) as error:
        raise LoadError(f"the build cannot be opened: {error.message}", file=error.file) from error
    with connection:
        yield connection


def kept_name(connection: Connection, dataset: str) -> str | None:
    """The pipeline name under which the build keeps its cursors, None if it keeps none.

    dlt finds them by that name alone; under another one, after the project was renamed, it would load all rows again.
    """
    if not connection.columns("_dlt_pipeline_state", dataset):
        return None
    table = f"{quoted(dataset)}._dlt_pipeline_state"
    name = connection.value(f"SELECT pipeline_name FROM {table} ORDER BY version DESC LIMIT 1")  # noqa: S608
    return None if name is None else str(name)


def drop_staging(connection: Connection, dataset: str) -> None:
    """Remove the schema in which dlt collects the rows of a merge: not to be published, and made anew when needed."""
    staging = f"{dataset}_staging"
    if connection.columns("_dlt_version", staging):
        connection.execute(f"DROP SCHEMA {quoted(staging)} CASCADE")
