"""One job: its log, its end by a time limit or the stop of the server, and its outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sbdk.core.errors import SbdkError
from sbdk.core.redact import Redactor
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.store.records import JobStatus
from sbdk.state.history import History, RunRecord
from sbdk.state.layout import StateDir

_TAIL = 4_096  # bytes of the end that are kept in any case
_LINE = 65_536  # a longer line is written in pieces


class JobLog:
    """Written line by line, so that a secret in two pieces is found. Beyond `limit` bytes only the end is kept."""

    def __init__(self, path: Path, secrets: Iterable[str], limit: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (open as long as the job)
        self._redact = Redactor(secrets)
        self._bytes_left = limit - self._file.tell()
        self._cut = 0
        self._tail = b""
        self._unfinished = b""

    def write(self, data: bytes) -> None:
        """Add output of a command, in pieces of any length."""
        self._unfinished += data
        whole = self._unfinished.rfind(b"\n") + 1
        if not whole and len(self._unfinished) > _LINE:
            whole = len(self._unfinished) - self._redact.longest
        ready, self._unfinished = self._without_secrets(whole)
        self._append(ready)

    def line(self, text: str) -> None:
        """Add a line of the server."""
        self.write(f"{text}\n".encode())

    def tail(self, lines: int = 5) -> str:
        """The last lines that are not empty, for the job's record."""
        texts = self._tail.decode(errors="replace").splitlines()
        return "\n".join([text.strip() for text in texts if text.strip()][-lines:])[-1_000:]

    def close(self) -> None:
        self._append(self._redact.bytes(self._unfinished))
        self._unfinished = b""
        if self._cut:
            self._file.write(f"\n… {self._cut:,} bytes are left out here …\n".encode() + self._tail)
        self._file.close()

    def _without_secrets(self, end: int) -> tuple[bytes, bytes]:
        """(bytes to write, bytes to hold back): within a line, a secret may lie across the cut."""
        if not end:
            return b"", self._unfinished
        if self._unfinished[:end].endswith(b"\n"):
            return self._redact.bytes(self._unfinished[:end]), self._unfinished[end:]
        clean = self._redact.bytes(self._unfinished)
        keep = self._redact.longest
        return clean[: len(clean) - keep], clean[len(clean) - keep :]

    def _append(self, data: bytes) -> None:
        """On a full disk the log is cut, but the job goes on: its record gets the last lines in any case."""
        self._tail = (self._tail + data)[-_TAIL:]
        fits = data[: max(self._bytes_left, 0)]
        try:
            self._file.write(fits)
        except OSError:
            fits, self._bytes_left = b"", 0
        self._bytes_left -= len(fits)
        self._cut += len(data) - len(fits)


class DeadlineExceeded(Exception):
    """The job exceeded its time limit and was ended."""


class ServerStopping(Exception):
    """The server stops; the job was ended and will run again."""


class StopRequest:
    """The request to stop the server, with the time until which a running job may go on."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self._until = float("inf")

    def request(self, seconds: float) -> None:
        """Let a running job work for `seconds` more."""
        self._until = time.monotonic() + seconds
        self.requested.set()

    def is_due(self) -> bool:
        return self.requested.is_set() and time.monotonic() >= self._until


class JobDeadline:
    """The deadline of one job: `seconds` from now or the server's stop. `grace`: seconds from SIGTERM to SIGKILL."""

    def __init__(self, seconds: float, grace: float, stop: StopRequest) -> None:
        self.grace = grace
        self.stop = stop
        self._until = time.monotonic() + seconds

    def exceeded(self) -> bool:
        return time.monotonic() >= self._until

    def reason_to_end(self) -> type[Exception] | None:
        """ServerStopping, DeadlineExceeded, or None while the job may go on."""
        if self.stop.is_due():
            return ServerStopping
        return DeadlineExceeded if self.exceeded() else None


@dataclass(frozen=True)
class JobOutcome:
    """`run_id` only when the job's commit is built."""

    status: JobStatus
    run_id: str | None = None
    error: str | None = None


def job_folder(settings: RebuildSettings, job_id: int) -> Path:
    """The folder of a job's log and process note."""
    return StateDir(settings.state).job(job_id)


def process_note(settings: RebuildSettings, job_id: int) -> Path:
    """The file with the process id and start time of a job's `sbdk dev`."""
    return job_folder(settings, job_id) / "process"


def published_run(settings: RebuildSettings, note: Path) -> str | None:
    """The run with which the process in `note` published, or found all up to date; None if it did neither.

    `sbdk dev` publishes in one step. A run whose build is among the published ones is done, even if it was
    killed before it recorded that.
    """
    run = _run(settings, note)
    if run is None:
        return None
    done = run.published or run.status == "up_to_date" or _is_published(settings, run.run_id)
    return run.run_id if done else None


def run_started(settings: RebuildSettings, note: Path) -> bool:
    """Whether the process in `note` began a run: past its arguments, its configuration and the lock."""
    return _run(settings, note) is not None


def _run(settings: RebuildSettings, note: Path) -> RunRecord | None:
    try:
        pid, _, started = note.read_text(encoding="ascii").strip().partition(" ")
        return History(settings.state).run_of_process(int(pid), started or None)
    except (OSError, ValueError):
        return None


def _is_published(settings: RebuildSettings, run_id: str) -> bool:
    from sbdk.targets.sessions import open_target

    try:
        warehouse = open_target(settings.published, settings.state)
        current = warehouse.current()
        return run_id in {build.run_id for build in warehouse.builds()} or (
            current is not None and current.run_id == run_id
        )
    except SbdkError:
        return False
