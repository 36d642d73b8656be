"""The private file a run works in: `.sbdk/build/<name of the published file>`.

The same base name, because DuckDB names the catalogue after the file and stores that name in some views and macros.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from sbdk.state.workers import dismiss, enroll
from sbdk.targets.duckdb import metadata as inside
from sbdk.targets.duckdb.connection import IN_UTC, Connection
from sbdk.targets.duckdb.errors import explained
from sbdk.warehouse.durable import write_atomically

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


def write_failed(build: Build, facts: dict[str, Any]) -> None:
    """Mark a build as kept for `dev --retry`."""
    note = {"run_id": build.run_id, "parent": build.parent, "facts": facts}
    write_atomically(build.folder / FAILED, json.dumps(note, default=str))


def read_failed(path: Path) -> tuple[Build, dict[str, Any]] | None:
    """The build kept at `path` with its facts; None when there is none, or a kill left it in an unknown state."""
    try:
        note = json.loads((path.parent / FAILED).read_text(encoding="utf-8"))
        build = Build(path.parent, path, str(note["run_id"]), note["parent"])
        facts: dict[str, Any] = note["facts"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (build, facts) if path.is_file() else None
