"""The private file a run works in: `.sbdk/build/<name of the published file>`.

The same base name, because DuckDB names the catalogue after the file and stores that name in some views and macros.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from sbdk.core.errors import NewerFormat
from sbdk.core.files import atomic_write
from sbdk.state.record import FailedBuild, RecordDraft, dump, load_failed
from sbdk.state.workers import dismiss, enroll
from sbdk.targets.base import Connection
from sbdk.targets.duckdb import metadata
from sbdk.targets.duckdb.connection import DuckDBConnection
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.outside_files import NO_FILES, OutsideFiles
from sbdk.targets.duckdb.readonly import IN_UTC

FAILED = "failed.json"
MAX_NAME = 180
"""Characters of a table or column name."""


@dataclass(frozen=True)
class DuckDBBuild:
    """A build: its `folder` (for files of the run, too), the `path` of its file, the `run_id` that began it.

    `parent` is the run whose published file was copied; None for an empty build. `files`: that its views read.
    """

    folder: Path
    path: Path
    run_id: str
    parent: str | None
    files: OutsideFiles = NO_FILES

    def connect(self) -> DuckDBConnection:
        """See `Build.connect`; the file is created if it does not exist. Errors as `translate_errors` raises them."""
        with translate_errors(self.path):
            raw = duckdb.connect(str(self.path))
            raw.execute(IN_UTC)
            self.files.search(raw)
            return DuckDBConnection(raw)

    def dlt_destination(self, connection: Connection) -> Any:
        """A destination on the open session: dlt would otherwise open and close the file for every table.

        Rows of Python dicts go through Parquet (eight times faster than the INSERT statements that dlt prefers), and
        names are cut to a length that a file name can hold, because dlt writes a file per table.
        """
        import dlt

        assert isinstance(connection, DuckDBConnection)
        limits = {"max_identifier_length": MAX_NAME, "max_column_identifier_length": MAX_NAME}
        return dlt.destinations.duckdb(connection.raw, preferred_loader_file_format="parquet", **limits)

    def dbt_profile(self) -> dict[str, str]:
        """dbt-duckdb's `path`."""
        return dbt_profile(self.path)

    def enroll(self, pid: int) -> None:
        """Record a worker process, so that the next run can end it if it outlives this one."""
        enroll(self.folder, pid)

    def dismiss(self, pid: int) -> None:
        """Remove the record of a worker that lives on: it has closed this build, and will not open it again."""
        dismiss(self.folder, pid)

    def clock(self) -> datetime | None:
        with self.connect() as connection:
            return metadata.read_clock(connection.raw)

    def set_clock(self, now: datetime) -> None:
        with self.connect() as connection:
            metadata.set_clock(connection.raw, now)


def dbt_profile(path: Path) -> dict[str, str]:
    """The output of a dbt profile for the file at `path`."""
    return {"type": "duckdb", "path": str(path)}


def write_failed(build: DuckDBBuild, run_id: str, stage: str, draft: RecordDraft) -> None:
    """Mark a build as kept for `dev --retry`."""
    kept = FailedBuild(begun_by=build.run_id, parent=build.parent, run_id=run_id, stage=stage, draft=draft)
    atomic_write(build.folder / FAILED, dump(kept))


def read_failed(path: Path) -> tuple[DuckDBBuild, FailedBuild] | None:
    """The build kept at `path`; None when there is none, or a kill left it in an unknown state. NewerFormat for one
    that a later sbdk kept."""
    note = path.parent / FAILED
    try:
        failed = load_failed(note.read_text(encoding="utf-8"))
    except NewerFormat as error:
        raise NewerFormat(error.message, file=note, hint=error.hint) from None
    except (OSError, ValueError):
        return None
    return (DuckDBBuild(path.parent, path, failed.begun_by, failed.parent), failed) if path.is_file() else None
