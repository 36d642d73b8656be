"""The thread that runs the jobs, one after another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit, Noted, Warned, silent
from sbdk.core.failpoints import failpoint
from sbdk.core.files import remove_tree
from sbdk.core.redact import secrets_of_url
from sbdk.server.jobs.job import (
    JobDeadline,
    JobLog,
    JobOutcome,
    ServerStopping,
    StopRequest,
    job_folder,
    process_note,
    published_run,
)
from sbdk.server.jobs.process_tree import kill_marked
from sbdk.server.jobs.rebuild import rebuild
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.store import Store
from sbdk.server.store.records import Job
from sbdk.state.layout import StateDir

ATTEMPTS = 5  # a job during which the server was killed this often may be the cause
ENDING = 2.0  # seconds reserved to end all processes and record it, on a busy machine
RETRY_SECONDS = 2.0  # between two attempts to write to a failing disk


class Runner:
    """Takes jobs from `store` in order and rebuilds. With `settings` None (no repository configured) none is run.

    Each accepted commit is built at most once: a job is done when its run is published, which is read from the
    published file after a kill. It emits notes and warnings of the stage `rebuild`, which name the job.
    """

    def __init__(self, store: Store, settings: RebuildSettings | None, *, emit: Emit = silent) -> None:
        self._store = store
        self._settings = settings
        self._emit = emit
        self._stop = StopRequest()
        self._work = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Close or restart the jobs of a killed server, then run jobs until `stop`."""
        if self._settings is None:
            return
        self._store.on_accepted(self._work.set)
        self._thread = threading.Thread(target=self._run, args=(self._settings,), name="sbdk-jobs", daemon=True)
        self._thread.start()

    def stop(self, drain_seconds: float = 10.0) -> None:
        """Let the running job end within `drain_seconds`, or end it: it then runs again at the next start."""
        if self._thread is None or self._settings is None:
            return
        self._stop.request(max(0.0, drain_seconds - self._settings.grace_seconds - ENDING))
        self._work.set()
        self._thread.join()

    def _run(self, settings: RebuildSettings) -> None:
        kill_marked(str(settings.state), patience=settings.grace_seconds + 1.0)
        self._retry(lambda: self._recover_interrupted(settings))
        while True:
            self._work.clear()  # first: an event that is set from here on is not missed below
            if self._stop.requested.is_set():
                return
            job = self._next()
            if job is None:
                self._work.wait()
            else:
                self._run_job(settings, job)

    def _next(self) -> Job | None:
        claimed: list[Job | None] = []
        self._retry(lambda: claimed.append(self._store.claim()))
        return claimed[0] if claimed else None

    def _run_job(self, settings: RebuildSettings, job: Job) -> None:
        self._emit(Noted("rebuild", f"job {job.id}: {job.commit[:12]} of {job.ref}"))
        failpoint("job_claimed")
        try:
            outcome = self._rebuild(settings, job)
        except ServerStopping:
            self._retry(lambda: self._store.interrupt(job.id, counts=False))
            self._emit(Noted("rebuild", f"job {job.id}: ended by the server's stop; it runs again at the next start"))
            return
        failpoint("before_outcome")
        self._close(job, outcome)
        failpoint("after_outcome")
        _prune_logs(settings, job.id)

    def _rebuild(self, settings: RebuildSettings, job: Job) -> JobOutcome:
        """Every failure of a job becomes its outcome, so that the next job runs."""
        try:
            secrets = (*settings.secrets, *settings.environment.values(), *secrets_of_url(settings.repository_url))
            log = JobLog(job_folder(settings, job.id) / "log.txt", secrets, settings.log_bytes)
        except OSError as error:
            return JobOutcome("failed", error=f"no log can be written: {error.strerror}")
        try:
            log.line(f"job {job.id}, attempt {job.attempts}: {job.commit} of {job.ref}")
            deadline = JobDeadline(settings.seconds, settings.grace_seconds, self._stop)
            outcome = rebuild(job, settings, deadline, log, self._store.last_built(job))
            log.line(f"{outcome.status}{': ' + outcome.error if outcome.error else ''}")
            return outcome
        except ServerStopping:
            log.line("ended by the server's stop")
            raise
        except Exception as error:
            return JobOutcome("failed", error=f"{type(error).__name__}: {error}")
        finally:
            with suppress(OSError):
                log.close()

    def _recover_interrupted(self, settings: RebuildSettings) -> None:
        """Jobs that ran when the server was killed: done if their run is published, else they run again."""
        for job in self._store.running():
            if run_id := published_run(settings, process_note(settings, job.id)):
                self._close(job, JobOutcome("built", run_id))
            elif job.attempts >= ATTEMPTS:
                self._close(job, JobOutcome("failed", error=f"the server ended {job.attempts} times under this job"))
            else:
                self._store.interrupt(job.id, counts=True)
                self._emit(Noted("rebuild", f"job {job.id}: was interrupted and runs again"))

    def _close(self, job: Job, outcome: JobOutcome) -> None:
        finish = self._store.finish
        self._retry(lambda: finish(job.id, outcome.status, run_id=outcome.run_id, error=outcome.error))
        event = Noted if outcome.status in ("built", "skipped") else Warned
        self._emit(event("rebuild", f"job {job.id}: {outcome.status}"))

    def _retry(self, change: Callable[[], None]) -> None:
        """Repeat until it is stored, or the server stops: the next start then recovers the job."""
        while True:
            try:
                return change()
            except SbdkError as error:
                self._emit(Warned("rebuild", str(error)))
                if self._stop.requested.wait(RETRY_SECONDS):
                    return None


def _prune_logs(settings: RebuildSettings, newest: int) -> None:
    """Keep the folders of the latest jobs."""
    for folder in StateDir(settings.state).jobs.iterdir():
        if folder.name.isdigit() and int(folder.name) <= newest - settings.keep_logs:
            remove_tree(folder)
