"""The server's state, as the webhook's routes and the job runner use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from filelock import FileLock, Timeout

from sbdk.core.errors import LockHeld
from sbdk.server.store import jobs, projects
from sbdk.server.store.clock import now
from sbdk.server.store.database import Reader, explained
from sbdk.server.store.records import Delivery, Job, Outcome, Project, Push, Registered, Status, UsageEvent
from sbdk.server.store.writer import Writer

_COUNTS = {
    "jobs": "SELECT status, count(*) FROM jobs GROUP BY status",
    "deliveries": "SELECT outcome, count(*) FROM deliveries GROUP BY outcome",
    "projects": "SELECT 'registered', count(*) FROM projects",
    "usage": "SELECT 'events', count(*) FROM usage",
}
_PATIENCE = 2.0  # seconds: what a killed server was starting holds its lock until it is another program


class State:
    """The file at `path` (`.sbdk/server.sqlite`), open from here to `close`, by one server at a time.

    Methods that change something return when the change is on the disk. Reads see all that was acknowledged. Raises
    LockHeld when another server has the file; StateTrouble (damaged, full, no access; nothing was stored) and StateBusy
    (too many wait) from any method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listeners: list[Callable[[], None]] = []
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _only_server(path)
        try:
            self._writer = Writer(path, self._accepted)
            self._reader = Reader(path)
            self._counter = Reader(path)  # of its own: counting takes long enough to keep a look-up waiting
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Finish what was asked for, fold the log into the file and let go of it."""
        self._reader.close()  # first: who closes last removes the log, and a reader cannot
        self._counter.close()
        self._writer.close()
        self._lock.release()

    # ---- for the routes

    async def accept(self, delivery: Delivery) -> Outcome:
        """Store a signed delivery, and a job if it carries a push that is not known yet.

        duplicate: this delivery id is on record. ignored: it carries no push. known: another delivery of the same
        repository id, ref and commit came before. accepted: a job waits.
        """
        return cast(Outcome, await self._writer.change(delivery))

    async def register(self, project: Project) -> Registered:
        """created; same: the uuid is registered by this name, and its token stays; conflict: by another name."""
        return cast(Registered, await self._writer.change(lambda database: projects.register(database, project)))

    async def track(self, uuid: str, events: Sequence[UsageEvent]) -> int:
        """Store a project's events; how many."""
        return cast(int, await self._writer.change(lambda database: projects.track(database, uuid, events)))

    def project(self, uuid: str) -> Project | None:
        """The project by its uuid. A look-up by key: quick enough for an event loop."""
        rows = self._reader.read("SELECT uuid, name, token_hash FROM projects WHERE uuid = ?", (uuid,))
        return Project(*tuple(rows[0])) if rows else None

    def jobs(self, limit: int = 50) -> list[Job]:
        """The jobs, latest first."""
        query = f"SELECT {jobs.COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [jobs.as_job(row) for row in self._reader.read(query, (limit,))]

    def job(self, job_id: int) -> Job | None:
        rows = self._reader.read(f"SELECT {jobs.COLUMNS} FROM jobs WHERE id = ?", (job_id,))  # noqa: S608
        return jobs.as_job(rows[0]) if rows else None

    def counts(self) -> dict[str, dict[str, int]]:
        """For /metrics: jobs by status, deliveries by outcome, projects, usage events; of what is kept."""
        return {name: {row[0]: row[1] for row in self._counter.read(query)} for name, query in _COUNTS.items()}

    def check(self) -> None:
        """For /ready: StateTrouble unless a change can be stored now. Waits for the disk: call it in a thread."""
        self._writer.change_now(
            lambda database: database.execute("INSERT OR REPLACE INTO health VALUES (1, ?)", (now(),)).rowcount
        )

    # ---- for the job runner, in its own thread

    def on_accepted(self, listener: Callable[[], None]) -> None:
        """Call `listener` when new jobs are on the disk, in the writer's thread: it must not wait."""
        self._listeners.append(listener)

    def claim(self) -> Job | None:
        """The next job, on record as running. None when nothing waits."""
        return cast("Job | None", self._writer.change_now(jobs.claim))

    def finish(self, job_id: int, status: Status, *, run_id: str | None = None, error: str | None = None) -> None:
        """Close a running job's record."""
        self._writer.change_now(lambda database: jobs.finish(database, job_id, status, run_id, error))

    def interrupt(self, job_id: int, *, counts: bool) -> None:
        """A running job is to run again, first of all; `counts` when the server was killed under it."""
        self._writer.change_now(lambda database: jobs.interrupt(database, job_id, counts=counts))

    def running(self) -> list[Job]:
        """Jobs on record as running: at a start, those that a killed server left."""
        return [jobs.as_job(row) for row in self._reader.read(jobs.RUNNING)]

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


def _only_server(path: Path) -> FileLock:
    lock = FileLock(path.with_name("server.lock"), thread_local=False)
    with explained(path):
        try:
            lock.acquire(timeout=_PATIENCE)
        except Timeout:
            hint = "stop the other one, or go on with it"
            raise LockHeld("another server works on this project", file=lock.lock_file, hint=hint) from None
    return lock
