"""The build as the destination of dlt: one connection for a whole load, and dlt's own tables in the build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sbdk.core.errors import DiskError, LoadError, LockHeld, WarehouseDamaged
from sbdk.core.sql import quoted
from sbdk.targets.base import Build, Connection


@contextmanager
def open_build(build: Build) -> Iterator[Connection]:
    """A connection to the build; LoadError when it cannot be opened."""
    try:
        connection = build.connect()
    except (WarehouseDamaged, LockHeld, DiskError) as error:
        raise LoadError(f"the build cannot be opened: {error.message}", file=error.file) from error
    with connection:
        yield connection


def dataset_schema(dataset: str) -> str:
    """The schema into which dlt loads the dataset of this name."""
    from dlt.common.normalizers.naming.snake_case import NamingConvention

    return str(NamingConvention().normalize_identifier(dataset))


def stored_pipeline_name(connection: Connection, dataset: str) -> str | None:
    """The pipeline name under which the build stores dlt's cursors, None if it stores none.

    dlt finds cursors by that name only; under another one, after the project was renamed, it would load all rows again.
    """
    if not connection.columns("_dlt_pipeline_state", dataset):
        return None
    table = f"{quoted(dataset)}._dlt_pipeline_state"
    name = connection.value(f"SELECT pipeline_name FROM {table} ORDER BY version DESC LIMIT 1")  # noqa: S608
    return None if name is None else str(name)


def drop_staging(connection: Connection, dataset: str) -> None:
    """Drop the schema in which dlt stages the rows of a merge: it is not to be published, and dlt creates it again."""
    staging = f"{dataset}_staging"
    if connection.columns("_dlt_version", staging):
        connection.execute(f"DROP SCHEMA {quoted(staging)} CASCADE")
