"""The thread that runs jobs, one after another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit, Event, silent
from sbdk.core.failpoints import failpoint
from sbdk.server.jobs.limits import Limits, Stop
from sbdk.server.jobs.log import JobLog, secrets_of_url
from sbdk.server.jobs.published import run_of
from sbdk.server.jobs.rebuild import Verdict, folder_of, note_of, rebuild
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.jobs.supervised import Stopped, end_marked
from sbdk.server.state import State
from sbdk.server.state.records import Job
from sbdk.state.layout import StateDir
from sbdk.warehouse.durable import clear

ATTEMPTS = 5  # a job under which the server is killed this often may be the cause
ENDING = 2.0  # seconds kept back to end all, write it down and leave, on a busy machine
RETRY_SECONDS = 2.0  # between two attempts to write to a disk that has trouble


class Runner:
    """Takes jobs from `state` in order and rebuilds. With `settings` None (no repository configured) none is run.

    Each accepted commit is built at most once: a job is done when its run is published, and after a kill the published
    file says whether it was. It emits notes and warnings of the stage `rebuild`, with the job's id in `data`.
    """

    def __init__(self, state: State, settings: RebuildSettings | None, *, emit: Emit = silent) -> None:
        self._state = state
        self._settings = settings
        self._emit = emit
        self._stop = Stop()
        self._work = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Settle what a killed server left, then run jobs until `stop`."""
        if self._settings is None:
            return
        self._state.on_accepted(self._work.set)
        self._thread = threading.Thread(target=self._run, args=(self._settings,), name="sbdk-jobs", daemon=True)
        self._thread.start()

    def stop(self, drain_seconds: float = 10.0) -> None:
        """Let the running job end within `drain_seconds`, or end it: it then runs again at the next start."""
        if self._thread is None or self._settings is None:
            return
        self._stop.ask(max(0.0, drain_seconds - self._settings.grace_seconds - ENDING))
        self._work.set()
        self._thread.join()

    def _run(self, settings: RebuildSettings) -> None:
        end_marked(str(settings.state), patience=settings.grace_seconds + 1.0)
        self._stored(lambda: self._settle_interrupted(settings))
        while True:
            self._work.clear()  # first: what is set from here on is not missed below
            if self._stop.asked.is_set():
                return
            job = self._next()
            if job is None:
                self._work.wait()
            else:
                self._one(settings, job)

    def _next(self) -> Job | None:
        claimed: list[Job | None] = []
        self._stored(lambda: claimed.append(self._state.claim()))
        return claimed[0] if claimed else None

    def _one(self, settings: RebuildSettings, job: Job) -> None:
        self._emit(Event("note", "rebuild", f"job {job.id}: {job.commit[:12]} of {job.ref}", {"job": job.id}))
        failpoint("job_claimed")
        try:
            verdict = self._rebuild(settings, job)
        except Stopped:
            self._stored(lambda: self._state.interrupt(job.id, counts=False))
            self._say("note", job, "ended by the server's stop; it runs again at the next start")
            return
        failpoint("before_verdict")
        self._close(job, verdict)
        failpoint("after_verdict")
        _forget_logs(settings, job.id)

    def _rebuild(self, settings: RebuildSettings, job: Job) -> Verdict:
        """Whatever happens in a job, the next one has its turn."""
        try:
            secrets = (*settings.secrets, *settings.environment.values(), *secrets_of_url(settings.repository_url))
            log = JobLog(folder_of(settings, job.id) / "log.txt", secrets, settings.log_bytes)
        except OSError as error:
            return Verdict("failed", error=f"no log can be written: {error.strerror}")
        try:
            log.line(f"job {job.id}, attempt {job.attempts}: {job.commit} of {job.ref}")
            limits = Limits(settings.seconds, settings.grace_seconds, self._stop)
            verdict = rebuild(job, settings, limits, log, self._state.last_built(job))
            log.line(f"{verdict.status}{': ' + verdict.error if verdict.error else ''}")
            return verdict
        except Stopped:
            log.line("ended by the server's stop")
            raise
        except Exception as error:
            return Verdict("failed", error=f"{type(error).__name__}: {error}")
        finally:
            with suppress(OSError):
                log.close()

    def _settle_interrupted(self, settings: RebuildSettings) -> None:
        """Jobs under which the server was killed: done if their run is published, else they run again."""
        for job in self._state.running():
            if run_id := run_of(settings, note_of(settings, job.id)):
                self._close(job, Verdict("built", run_id))
            elif job.attempts >= ATTEMPTS:
                self._close(job, Verdict("failed", error=f"the server ended {job.attempts} times under this job"))
            else:
                self._state.interrupt(job.id, counts=True)
                self._say("note", job, "was interrupted and runs again")

    def _close(self, job: Job, verdict: Verdict) -> None:
        finish = self._state.finish
        self._stored(lambda: finish(job.id, verdict.status, run_id=verdict.run_id, error=verdict.error))
        self._say("note" if verdict.status in ("built", "skipped") else "warning", job, verdict.status)

    def _stored(self, change: Callable[[], None]) -> None:
        """Until it is stored, or the server stops: after that the next start settles it."""
        while True:
            try:
                return change()
            except SbdkError as error:
                self._emit(Event("warning", "rebuild", str(error)))
                if self._stop.asked.wait(RETRY_SECONDS):
                    return None

    def _say(self, kind: str, job: Job, what: str) -> None:
        data = {"job": job.id, "commit": job.commit, "status": what}
        self._emit(Event("warning" if kind == "warning" else "note", "rebuild", f"job {job.id}: {what}", data))


def _forget_logs(settings: RebuildSettings, newest: int) -> None:
    """Keep the folders of the latest jobs."""
    for folder in StateDir(settings.state).jobs.iterdir():
        if folder.name.isdigit() and int(folder.name) <= newest - settings.keep_logs:
            clear(folder)
