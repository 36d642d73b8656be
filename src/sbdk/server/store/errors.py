"""Errors of the store. After one of them no request is answered as accepted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sbdk.core.errors import DiskError, Terminal, Transient


class StoreUnavailable(DiskError):
    """The file is damaged, or the disk is full or fails: nothing of the request was stored."""

    code = "state"


class StoreBusy(Transient):
    """More requests wait for the disk than the queue holds: nothing was stored, and later it may be."""

    code = "busy"


class StoreFull(Terminal):
    """No more projects can be registered on this server."""

    code = "full"


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Errors of SQLite and the system as StoreUnavailable, each with a hint."""
    try:
        yield
    except sqlite3.OperationalError as error:  # full, read-only, no access, locked by another program
        raise StoreUnavailable(
            str(error), file=path, hint="see that the disk has room and can be written to"
        ) from error
    except sqlite3.DatabaseError as error:
        hint = "put a backup in its place, or move it and its -wal away: projects then register again"
        raise StoreUnavailable(f"the server's state is damaged: {error}", file=path, hint=hint) from error
    except OSError as error:
        raise StoreUnavailable(error.strerror or str(error), file=path) from error
