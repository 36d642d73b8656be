"""The private file a run works in: `.sbdk/build/<name of the published file>`.

The same base name, because DuckDB names the catalogue after the file and stores that name in some views and macros.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from sbdk.core.errors import NewerFormat
from sbdk.core.files import atomic_write
from sbdk.state.record import FailedBuild, RecordDraft
from sbdk.state.record_format import dump, load_failed
from sbdk.warehouse import inside
from sbdk.warehouse.orphans import dismiss, enroll
from sbdk.warehouse.reader import IN_UTC, Connection
from sbdk.warehouse.trouble import explained

FAILED = "failed.json"


@dataclass(frozen=True)
class Build:
    """A build: its `folder` (the run may keep its own things there), its `path`, the `run_id` that began it.

    `parent` is the run whose published file was copied; None for an empty build.
    """

    folder: Path
    path: Path
    run_id: str
    parent: str | None

    def connect(self) -> Connection:
        """A read-write connection; close it before another process, or `publish`, uses the build."""
        with explained(self.path):
            connection = duckdb.connect(str(self.path))
            connection.execute(IN_UTC)
            return connection

    def enroll(self, pid: int) -> None:
        """Note a worker process, so that the next run can end it should it outlive this one."""
        enroll(self.folder, pid)

    def dismiss(self, pid: int) -> None:
        """A worker that goes on to live has closed this build, and will not open it again."""
        dismiss(self.folder, pid)

    def clock(self) -> datetime | None:
        """The build's clock, naive UTC."""
        connection = self.connect()
        try:
            return inside.read_clock(connection)
        finally:
            connection.close()

    def set_clock(self, now: datetime) -> None:
        """Set the build's clock, naive UTC; it goes live with `publish`."""
        connection = self.connect()
        try:
            inside.set_clock(connection, now)
        finally:
            connection.close()


def write_failed(build: Build, run_id: str, stage: str, draft: RecordDraft) -> None:
    """Mark a build as kept for `dev --retry`."""
    kept = FailedBuild(begun_by=build.run_id, parent=build.parent, run_id=run_id, stage=stage, draft=draft)
    atomic_write(build.folder / FAILED, dump(kept))


def read_failed(path: Path) -> tuple[Build, FailedBuild] | None:
    """The build kept at `path`; None when there is none, or a kill left it in an unknown state. NewerFormat for one
    that a later sbdk kept."""
    note = path.parent / FAILED
    try:
        failed = load_failed(note.read_text(encoding="utf-8"))
    except NewerFormat as error:
        raise NewerFormat(error.message, file=note, hint=error.hint) from None
    except (OSError, ValueError):
        return None
    return (Build(path.parent, path, failed.begun_by, failed.parent), failed) if path.is_file() else None
