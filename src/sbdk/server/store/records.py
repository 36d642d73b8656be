"""What the store holds and returns, and the error that it raises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

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


DeliveryOutcome = Literal["accepted", "duplicate", "known", "ignored"]
RegistrationOutcome = Literal["created", "same", "conflict"]
JobStatus = Literal["queued", "running", "interrupted", "built", "failed", "timed_out", "superseded", "skipped"]

WAITING: tuple[JobStatus, ...] = ("queued", "interrupted")
ENDED: tuple[JobStatus, ...] = ("built", "failed", "timed_out", "superseded", "skipped")


def timestamp() -> str:
    """The present time, as the store writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Push:
    """What a rebuild needs of a signed push. `ref` in full (refs/heads/main), `after` the commit (hex)."""

    repository_id: int
    repository: str
    ref: str
    after: str


@dataclass(frozen=True)
class Delivery:
    """One signed delivery. `push` only when one is to be built: of the allowed repository and branch, no deletion."""

    delivery_id: str
    event: str
    push: Push | None = None


@dataclass(frozen=True)
class RegisteredProject:
    """A registered project. `token_hash` is the SHA-256 of its token; the token itself is stored nowhere."""

    uuid: str
    name: str
    token_hash: bytes


@dataclass(frozen=True)
class UsageEvent:
    """An event that a project reported: `data` is a JSON object as text, `at` the time that the client gave, if any."""

    name: str
    at: str | None = None
    data: str = "{}"


@dataclass(frozen=True)
class Job:
    """One rebuild. Exactly one per accepted commit of a repository and ref.

    queued → running → built, failed, timed_out or skipped (the branch has moved on without this commit);
    running → interrupted → running: the server stopped or was killed meanwhile, and the job runs again;
    queued → superseded: a newer push of the same ref came before its turn.
    `run_id` is the run of `sbdk dev` that published it; `log` the path of its log, relative to the project.
    """

    id: int
    repository_id: int
    repository: str
    ref: str
    commit: str
    status: JobStatus
    accepted: str
    started: str | None
    finished: str | None
    attempts: int
    run_id: str | None
    error: str | None
    log: str | None
