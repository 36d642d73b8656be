"""The store, as the routes of the API and the job runner use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from filelock import FileLock, Timeout

from sbdk.core.errors import LockHeld
from sbdk.server.store import changes
from sbdk.server.store.database import ReadConnection
from sbdk.server.store.records import (
    Delivery,
    DeliveryOutcome,
    Job,
    JobStatus,
    Push,
    RegisteredProject,
    RegistrationOutcome,
    UsageEvent,
    timestamp,
    translate_errors,
)
from sbdk.server.store.writer import Writer

_COUNTS = {
    "jobs": "SELECT status, count(*) FROM jobs GROUP BY status",
    "deliveries": "SELECT outcome, count(*) FROM deliveries GROUP BY outcome",
    "projects": "SELECT 'registered', count(*) FROM projects",
    "usage": "SELECT 'events', count(*) FROM usage",
}
_LOCK_SECONDS = 2.0  # a child that a killed server was just starting holds the lock until its exec


class Store:
    """The file at `path` (`.sbdk/server.sqlite`), open from here to `close`, by one server at a time.

    Methods that change something return when the change is on the disk. Reads return all that was acknowledged. Raises
    LockHeld when another server has the file; StoreUnavailable (damaged, full, no access; nothing was stored) and
    StoreBusy (too many wait) from any method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listeners: list[Callable[[], None]] = []
        with translate_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock_file(path)
        try:
            self._writer = Writer(path, self._accepted)
            self._reader = ReadConnection(path)
            self._counter = ReadConnection(path)  # separate: counting takes long and would delay look-ups
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Finish the pending changes, checkpoint the log into the file and unlock it."""
        self._reader.close()  # first: the last connection to close removes the log, and a reader cannot
        self._counter.close()
        self._writer.close()
        self._lock.release()

    # ---- for the routes

    async def accept(self, delivery: Delivery) -> DeliveryOutcome:
        """Store a signed delivery, and a job if it carries a push that is not known yet.

        duplicate: this delivery id is on record. ignored: it carries no push. known: another delivery of the same
        repository id, ref and commit came before. accepted: a job waits.
        """
        return cast(DeliveryOutcome, await self._writer.change(delivery))

    async def register(self, project: RegisteredProject) -> RegistrationOutcome:
        """created; same: the uuid is registered by this name, and its token stays; conflict: by another name."""
        return cast(
            RegistrationOutcome, await self._writer.change(lambda database: changes.register(database, project))
        )

    async def track(self, uuid: str, events: Sequence[UsageEvent]) -> int:
        """Store a project's events; how many."""
        return cast(int, await self._writer.change(lambda database: changes.track(database, uuid, events)))

    def project(self, uuid: str) -> RegisteredProject | None:
        """The project by its uuid. A look-up by key: quick enough for an event loop."""
        rows = self._reader.read("SELECT uuid, name, token_hash FROM projects WHERE uuid = ?", (uuid,))
        return RegisteredProject(*tuple(rows[0])) if rows else None

    def jobs(self, limit: int = 50) -> list[Job]:
        """The jobs, latest first."""
        query = f"SELECT {changes.COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [changes.job_from_row(row) for row in self._reader.read(query, (limit,))]

    def job(self, job_id: int) -> Job | None:
        rows = self._reader.read(f"SELECT {changes.COLUMNS} FROM jobs WHERE id = ?", (job_id,))  # noqa: S608
        return changes.job_from_row(rows[0]) if rows else None

    def counts(self) -> dict[str, dict[str, int]]:
        """For /metrics: jobs by status, deliveries by outcome, projects, usage events; of what is kept."""
        return {name: {row[0]: row[1] for row in self._counter.read(query)} for name, query in _COUNTS.items()}

    def check(self) -> None:
        """For /ready: StoreUnavailable unless a change can be stored now. Waits for the disk: call it in a thread."""
        self._writer.change_now(
            lambda database: database.execute("INSERT OR REPLACE INTO health VALUES (1, ?)", (timestamp(),)).rowcount
        )

    # ---- for the job runner, in its own thread

    def on_accepted(self, listener: Callable[[], None]) -> None:
        """Call `listener` when new jobs are on the disk, in the writer's thread: it must not wait."""
        self._listeners.append(listener)

    def claim(self) -> Job | None:
        """The next job, on record as running. None when nothing waits."""
        return cast("Job | None", self._writer.change_now(changes.claim))

    def finish(self, job_id: int, status: JobStatus, *, run_id: str | None = None, error: str | None = None) -> None:
        """Close a running job's record."""
        self._writer.change_now(lambda database: changes.finish(database, job_id, status, run_id, error))

    def interrupt(self, job_id: int, *, counts: bool) -> None:
        """A running job is to run again, first of all; `counts` when the server was killed under it."""
        self._writer.change_now(lambda database: changes.interrupt(database, job_id, counts=counts))

    def running(self) -> list[Job]:
        """Jobs on record as running: at a start, those that a killed server left."""
        return [changes.job_from_row(row) for row in self._reader.read(changes.RUNNING)]

    def last_built(self, push: Push | Job) -> str | None:
        """The commit that was built last for this repository and ref."""
        query = """SELECT "commit" FROM jobs WHERE status = 'built' AND repository_id = ? AND ref = ?
            ORDER BY id DESC LIMIT 1"""
        rows = self._reader.read(query, (push.repository_id, push.ref))
        return rows[0][0] if rows else None

    # ---- inside

    def _accepted(self) -> None:
        for listener in self._listeners:
            with suppress(Exception):
                listener()


def _lock_file(path: Path) -> FileLock:
    lock = FileLock(path.with_name("server.lock"), thread_local=False)
    with translate_errors(path):
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            hint = "stop the other one, or go on with it"
            raise LockHeld("another server works on this project", file=lock.lock_file, hint=hint) from None
    return lock
