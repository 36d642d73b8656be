"""The history of runs, stored outside of the warehouse: it has runs that published nothing, too.

SQLite at `.sbdk/history.sqlite`; the rows that failed a run's checks are in `.sbdk/runs/<run id>/`.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sbdk.core.errors import DiskError, NewerFormat
from sbdk.core.events import Emit, Warned, silent
from sbdk.core.process import alive, start_time
from sbdk.state.layout import StateDir

MIGRATIONS = (
    """
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY, started TEXT NOT NULL, command TEXT NOT NULL, target TEXT NOT NULL,
    pid INTEGER NOT NULL, pid_started TEXT, status TEXT, seconds REAL, error TEXT, published TEXT);
CREATE TABLE IF NOT EXISTS stages (
    run_id TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    seconds REAL NOT NULL, rows INTEGER, rows_per_second REAL, peak_mb REAL, PRIMARY KEY (run_id, position));
""",
)
"""One script for each version of the schema, which is `user_version` of the file. Files from before it was set have 0,
and the tables of the first script, or none. A change of the schema appends a script."""


@dataclass(frozen=True)
class StageRecord:
    """One stage of a run: wall `seconds`, `rows` it handled, the process tree's peak memory in MB."""

    name: str
    status: str
    seconds: float
    rows: int | None = None
    rows_per_second: float | None = None
    peak_mb: float | None = None


@dataclass(frozen=True)
class RunRecord:
    """One run. `status`: as passed to `finish_run` (success, up_to_date, failed, interrupted); running; killed (its
    process ended without `finish_run`). `published`: the run id that this run published, if any."""

    run_id: str
    started: str
    command: str
    target: str
    status: str
    seconds: float | None
    error: dict[str, Any] | None
    published: str | None
    stages: list[StageRecord] = field(default_factory=list)


def new_run_id(now: datetime | None = None) -> str:
    """A run id that sorts by time: 20261121T011251-ab12cd (UTC, and six random hex digits)."""
    return f"{(now or datetime.now(UTC)):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


class History:
    """The runs of a project. Every call is its own transaction, on disk when it returns. Raises DiskError, and
    NewerFormat for a file of a later version of sbdk."""

    def __init__(self, state: Path, *, emit: Emit = silent) -> None:
        self._layout = StateDir(state)
        self.path = self._layout.history
        self._emit = emit

    def start_run(self, command: str, *, run_id: str | None = None, target: str = "dev") -> str:
        """Record a run as running, in this process; returns its run id."""
        run_id = run_id or new_run_id()
        pid = os.getpid()
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (run_id, started, command, target, pid, start_time(pid))
        with self._open() as database:
            statement = (
                "INSERT INTO runs (run_id, started, command, target, pid, pid_started) VALUES (?, ?, ?, ?, ?, ?)"
            )
            database.execute(statement, row)
        return run_id

    def finish_run(
        self,
        run_id: str,
        status: str,
        *,
        seconds: float,
        error: dict[str, Any] | None = None,
        published: str | None = None,
        stages: Sequence[StageRecord] = (),
    ) -> None:
        """Close a run's record, together with its stages. `error` is stored as it is: the caller removes secrets."""
        text = json.dumps(error, default=str) if error is not None else None
        with self._open() as database:
            for stage in stages:
                _insert_stage(database, run_id, stage)
            statement = "UPDATE runs SET status = ?, seconds = ?, error = ?, published = ? WHERE run_id = ?"
            database.execute(statement, (status, seconds, text, published, run_id))

    def runs(self, limit: int | None = None) -> list[RunRecord]:
        """The runs, latest first, without their stages."""
        if not self.path.exists():
            return []
        with self._open() as database:
            query = "SELECT * FROM runs ORDER BY started DESC, run_id DESC LIMIT ?"
            return [_record(row) for row in database.execute(query, [-1 if limit is None else limit])]

    def run(self, run_id: str) -> RunRecord | None:
        """One run with its stages, in order; None when it is not recorded."""
        if not self.path.exists():
            return None
        with self._open() as database:
            row = database.execute("SELECT * FROM runs WHERE run_id = ?", [run_id]).fetchone()
            stages = database.execute("SELECT * FROM stages WHERE run_id = ? ORDER BY position", [run_id]).fetchall()
        return _record(row, [StageRecord(*tuple(stage)[2:]) for stage in stages]) if row else None

    def run_of_process(self, pid: int, started: str | None) -> RunRecord | None:
        """The latest run of the process identified by (pid, started), alive or not; without its stages."""
        if not self.path.exists():
            return None
        with self._open() as database:
            query = "SELECT * FROM runs WHERE pid = ? AND pid_started IS ? ORDER BY started DESC, run_id DESC LIMIT 1"
            row = database.execute(query, [pid, started]).fetchone()
        return _record(row) if row else None

    def folder(self, run_id: str) -> Path:
        """The folder for the rows that failed a run's checks; created by the first writer."""
        return self._layout.run(run_id)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        try:
            self._layout.root.mkdir(parents=True, exist_ok=True)
            database = self._connect()
        except OSError as error:
            raise DiskError(error.strerror or str(error), file=self.path) from error
        try:
            with database:
                yield database
        except sqlite3.OperationalError as error:
            raise DiskError(str(error), file=self.path) from error
        finally:
            database.close()

    def _connect(self) -> sqlite3.Connection:
        """A connection to a sound file; a damaged one is set aside, so that no run fails because of it."""
        try:
            return _open_checked(self.path)
        except sqlite3.OperationalError as error:
            raise DiskError(str(error), file=self.path) from error
        except sqlite3.DatabaseError as error:
            aside = self._set_aside()
            self._emit(Warned("", f"{self.path.name} is damaged ({error}); a new one begins, the old is {aside}"))
            return _open_checked(self.path)

    def _set_aside(self) -> Path:
        folder = self._layout.aside
        folder.mkdir(exist_ok=True)
        aside = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{self.path.name}"
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        return aside


def _open_checked(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10.0)
    try:
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its pages do not fit together")
        _migrate(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date, atomically. Raises NewerFormat for the file of a later sbdk."""
    known = len(MIGRATIONS)
    found = _version(database)
    if found > known:
        raise NewerFormat.of("the history of runs", found, known, file=path)
    while found < known:
        database.execute("BEGIN IMMEDIATE")
        with database:
            found = _version(database)  # another process may have been first
            if found < known:
                for statement in MIGRATIONS[found].split(";"):
                    database.execute(statement)
                found += 1
                database.execute(f"PRAGMA user_version = {found}")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _insert_stage(database: sqlite3.Connection, run_id: str, stage: StageRecord) -> None:
    (position,) = database.execute("SELECT count(*) FROM stages WHERE run_id = ?", [run_id]).fetchone()
    values = (run_id, position, stage.name, stage.status, stage.seconds, stage.rows)
    row = (*values, stage.rows_per_second, stage.peak_mb)
    database.execute("INSERT INTO stages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _record(row: sqlite3.Row, stages: list[StageRecord] | None = None) -> RunRecord:
    status = row["status"] or ("running" if alive(row["pid"], row["pid_started"]) else "killed")
    return RunRecord(
        run_id=row["run_id"],
        started=row["started"],
        command=row["command"],
        target=row["target"],
        status=status,
        seconds=row["seconds"],
        error=json.loads(row["error"]) if row["error"] else None,
        published=row["published"],
        stages=stages or [],
    )
