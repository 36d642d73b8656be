"""Connections to the store's file: one that writes, one that reads."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from sbdk.server.store.records import translate_errors
from sbdk.server.store.schema import migrate

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
