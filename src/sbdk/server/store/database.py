"""Connections to the state's file: one that writes, one that reads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sbdk.server.store.errors import StateTrouble
from sbdk.server.store.schema import migrate

CHECKPOINT_PAGES = 4_000  # 16 MB of log: rarely enough not to be felt, small enough to be read at a start

PATIENCE = 10.0  # seconds for a stranger (a backup, a curious reader) to let go of the file


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors and the system's as StateTrouble, each with what can be done about it."""
    try:
        yield
    except sqlite3.OperationalError as error:  # full, read-only, no access, locked by a stranger
        raise StateTrouble(str(error), file=path, hint="see that the disk has room and can be written to") from error
    except sqlite3.DatabaseError as error:
        hint = "put a backup in its place, or move it and its -wal away: projects then register again"
        raise StateTrouble(f"the server's state is damaged: {error}", file=path, hint=hint) from error
    except OSError as error:
        raise StateTrouble(error.strerror or str(error), file=path) from error


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Opened, recovered after a kill, examined and at the newest version. Raises StateTrouble."""
    with explained(path):
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
    """A connection that says BEGIN and COMMIT itself, and whose COMMIT returns when the disk has it."""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection


class Reader:
    """A connection that cannot write, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        address = f"{path.absolute().as_uri()}?mode=ro"
        with explained(path):
            self._connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, check_same_thread=False)
        self._one = threading.Lock()

    def read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows. Raises StateTrouble."""
        with explained(self._path), self._one:
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        with self._one:
            self._connection.close()
