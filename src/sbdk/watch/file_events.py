"""File events of the operating system, which wake the watch early; without them the watch polls more often."""

from __future__ import annotations

import threading
from pathlib import Path

from sbdk.core.events import Emit, Warned

STEP_MS = 20
MOST_MS = 100
POLL_SECONDS = 2.0
POLL_SECONDS_WITHOUT_EVENTS = 0.5


class FileEvents:
    """`wait` returns early when something may have changed below the folders that are watched.

    Events may get lost: with too few inotify watches, on a network file system, in a folder that was removed and
    created again. No build depends on them; they only save the time until the next poll, every `every` seconds.
    """

    def __init__(self, root: Path, emit: Emit) -> None:
        self.every = POLL_SECONDS
        self._root = root
        self._emit = emit
        self._woken = threading.Event()
        self._stopped: threading.Event | None = None
        self._watched: tuple[tuple[str, int], ...] = ()

    def listen(self, folders: list[Path]) -> None:
        """Watch these folders, and the project's own, from now on; does nothing if they are the same as before."""
        wanted = tuple((str(folder), _identity(folder)) for folder in folders)
        if wanted == self._watched and self._stopped is not None:
            return
        self.stop()
        self._watched, self._stopped = wanted, threading.Event()
        self._start([self._root], recursive=False)
        if folders:
            self._start(folders, recursive=True)

    def wait(self, seconds: float) -> bool:
        """Whether an event came, or `wake` was called, within that time."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken

    def wake(self) -> None:
        """End the current or the next `wait`. From any thread."""
        self._woken.set()

    def fall_back_to_polling(self, reason: str) -> None:
        """Warn once, and poll more often from now on."""
        if self.every != POLL_SECONDS_WITHOUT_EVENTS:
            self.every = POLL_SECONDS_WITHOUT_EVENTS
            text = f"{reason}: checking the files every {POLL_SECONDS_WITHOUT_EVENTS:g} s instead"
            self._emit(Warned("", text))

    def stop(self) -> None:
        """Stop watching."""
        if self._stopped is not None:
            self._stopped.set()
            self._stopped = None

    def _start(self, folders: list[Path], *, recursive: bool) -> None:
        assert self._stopped is not None
        arguments = (folders, recursive, self._stopped)
        threading.Thread(target=self._listen, args=arguments, name="watch", daemon=True).start()

    def _listen(self, folders: list[Path], recursive: bool, stopped: threading.Event) -> None:
        from watchfiles import watch

        try:
            for _ in watch(
                *folders,
                recursive=recursive,
                debounce=MOST_MS,
                step=STEP_MS,
                rust_timeout=1_000,
                stop_event=stopped,
                raise_interrupt=False,
            ):
                self.wake()
        except Exception as error:  # the message depends on the system; every error means that there will be no events
            if not stopped.is_set():
                self.fall_back_to_polling(f"file events are unavailable ({error})")
                self.wake()


def _identity(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except OSError:
        return 0
