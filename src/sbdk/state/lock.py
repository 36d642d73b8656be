"""One run at a time per project: a lock file, and beside it a note about its holder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sbdk.core.errors import DiskError, LockHeld
from sbdk.core.events import Emit, Noted, silent
from sbdk.core.files import atomic_write
from sbdk.core.process import alive, start_time
from sbdk.state.layout import StateDir

REMIND_SECONDS = 5.0


@contextmanager
def watching(state: Path) -> Iterator[str | None]:
    """Within the block this process is known to watch the project. Yields who else does, as `PID 123`, or None.

    Two may watch one project: their runs take turns. DiskError if the folder cannot be written.
    """
    path, note = StateDir(state).watch_lock, StateDir(state).watch_note
    lock = FileLock(path, thread_local=False)
    other: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
            note.write_text(str(os.getpid()))
        except Timeout:
            other = f"PID {note.read_text()}" if note.is_file() else "its PID is unknown"
    except OSError as error:
        raise DiskError(error.strerror or str(error), file=path) from error
    try:
        yield other
    finally:
        lock.release()


class ProjectLock:
    """Context manager: wait up to `timeout` seconds for the project, with notes about the holder; then LockHeld.

    The kernel frees the lock when its holder ends in any way; the note is only for people, and the note of a killed
    holder is recognized by its process id and start time.
    """

    def __init__(self, state: Path, command: str, timeout: float = 30.0, *, emit: Emit = silent) -> None:
        layout = StateDir(state)
        self.path, self.note = layout.lock, layout.lock_note
        self.command = command
        self.timeout = timeout
        self._emit = emit
        self._lock = FileLock(self.path, thread_local=False)

    def __enter__(self) -> ProjectLock:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._acquire()
            atomic_write(self.note, json.dumps(self._own_note()))
        except OSError as error:
            self._lock.release()
            raise DiskError(error.strerror or str(error), file=self.path) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.note.unlink(missing_ok=True)  # before the release: afterwards it may be the next holder's
        self._lock.release()

    def holder(self) -> dict[str, Any] | None:
        """Who holds the lock, as `pid`, `command`, `since`; None when the note is missing or its writer is gone."""
        try:
            note: dict[str, Any] = json.loads(self.note.read_text(encoding="utf-8"))
            return note if alive(int(note["pid"]), note.get("started")) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _acquire(self) -> None:
        deadline = time.monotonic() + self.timeout
        note_after = 0.05  # the first note comes at once, further ones every REMIND_SECONDS
        while True:
            remaining = max(deadline - time.monotonic(), 0.0)
            try:
                self._lock.acquire(timeout=min(remaining, note_after))
                return
            except Timeout:
                if remaining <= note_after:
                    raise self._lock_held() from None
                self._emit(Noted("", f"waiting for {self._describe()}"))
                note_after = REMIND_SECONDS

    def _lock_held(self) -> LockHeld:
        message = f"this project is in use by {self._describe()}; waited {self.timeout:g} s"
        return LockHeld(message, file=self.path, hint="wait until it is done, or stop that process")

    def _describe(self) -> str:
        note = self.holder()
        if note is None:
            return "another process"
        return f"`{note.get('command')}` (PID {note.get('pid')}, since {note.get('since')})"

    def _own_note(self) -> dict[str, Any]:
        pid = os.getpid()
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return {"pid": pid, "started": start_time(pid), "command": self.command, "since": since}
