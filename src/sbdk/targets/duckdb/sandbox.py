"""A DuckDB connection that reaches nothing but the files already attached to it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sbdk.core.sql import literal
from sbdk.targets.duckdb.connection import Connection


@contextmanager
def shut_off(connection: Connection) -> Iterator[None]:
    """From here on no files, ATTACH, COPY, INSTALL, LOAD or SET. Large sorts spill to a private temporary folder."""
    spill = _spill_folder()
    try:
        connection.execute(f"SET temp_directory = {literal(spill or '')}")
        connection.execute("SET autoload_known_extensions = false")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield
    finally:
        if spill:
            shutil.rmtree(spill, ignore_errors=True)


def _spill_folder() -> str | None:
    """Not beside the published file; nowhere, when there is no temporary folder (queries then stay in memory)."""
    try:
        return tempfile.mkdtemp(prefix="sbdk-query-")
    except OSError:
        return None
