"""The store's file: its tables, by version, how many rows each keeps, and the connections to it.

A file of an older version is migrated when opened; a newer one is rejected. With the limits on rows the file stays
near 100 MB. A commit that was pruned (after 200,000 newer ones) may be delivered again and makes a job, but that job is
skipped: a commit behind the branch's last build is not built.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from sbdk.server.store.records import StoreUnavailable, translate_errors

_FIRST = """
CREATE TABLE projects (
    uuid TEXT PRIMARY KEY, name TEXT NOT NULL, token_hash BLOB NOT NULL, registered TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE usage (
    n INTEGER PRIMARY KEY, uuid TEXT NOT NULL, received TEXT NOT NULL, name TEXT NOT NULL, at TEXT, data TEXT NOT NULL);
CREATE TABLE deliveries (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, received TEXT NOT NULL, event TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE TABLE commits (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL, repository TEXT NOT NULL, ref TEXT NOT NULL,
    "commit" TEXT NOT NULL, status TEXT NOT NULL, accepted TEXT NOT NULL, started TEXT, finished TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, run_id TEXT, error TEXT, log TEXT, place INTEGER);
CREATE TABLE health (n INTEGER PRIMARY KEY, at TEXT NOT NULL);
CREATE INDEX jobs_to_do ON jobs (status, place) WHERE status IN ('queued', 'interrupted', 'running');
CREATE INDEX jobs_built ON jobs (repository_id, ref, id) WHERE status = 'built';
"""

TO_DO = "status IN ('queued', 'interrupted', 'running')"
"""Part of every query for jobs that have not ended: without these very words SQLite reads the whole table instead of
the index jobs_to_do."""

MIGRATIONS: tuple[str, ...] = (_FIRST,)

KEEP = {"deliveries": 200_000, "commits": 200_000, "usage": 200_000}
KEEP_JOBS = 10_000
PRUNE_EVERY = 1_000  # changes between two prunings

_OLD_JOBS = """
    DELETE FROM jobs WHERE status NOT IN ('queued', 'interrupted', 'running')
    AND id <= (SELECT max(id) FROM jobs) - ?
    AND id NOT IN (SELECT max(id) FROM jobs WHERE status = 'built' GROUP BY repository_id, ref)"""


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the newest version, each step in a transaction of its own with its number."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        message = f"it is of version {version}; this sbdk knows up to {len(MIGRATIONS)}"
        raise StoreUnavailable(message, file=path, hint="start the server with the newer sbdk that wrote it")
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")


def prune(connection: sqlite3.Connection) -> None:
    """Drop the oldest rows beyond the limits; never a job that is to run, nor the last one built of a ref."""
    for table, keep in KEEP.items():
        connection.execute(f"DELETE FROM {table} WHERE n <= (SELECT max(n) FROM {table}) - ?", (keep,))  # noqa: S608
    connection.execute(_OLD_JOBS, (KEEP_JOBS,))


CHECKPOINT_PAGES = 4_000  # 16 MB of log: checkpoints are rare, and a start reads it quickly

PATIENCE = 10.0  # seconds to wait for another program (a backup, a query) to unlock the file


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open, recover after a kill, check and migrate to the newest version. Raises StoreUnavailable."""
    with translate_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(path)
        try:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("its pages do not fit together")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def connect(path: Path) -> sqlite3.Connection:
    """A connection without implicit transactions, whose COMMIT returns when the data is on the disk."""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection


class ReadConnection:
    """A connection that cannot write, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        address = f"{path.absolute().as_uri()}?mode=ro"
        with translate_errors(path):
            self._connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, check_same_thread=False)
        self._lock = threading.Lock()

    def read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows. Raises StoreUnavailable."""
        with translate_errors(self._path), self._lock:
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
