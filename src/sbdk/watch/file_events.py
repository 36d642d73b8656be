"""Hears of changes at once where the system tells of them; where it does not, the watch looks more often."""

from __future__ import annotations

import threading
from pathlib import Path

from sbdk.core.events import Emit, Warned

STEP_MS = 20
MOST_MS = 100
LOOK_SECONDS = 2.0
LOOK_SECONDS_DEAF = 0.5


class FileEvents:
    """`wait` returns early when something may have changed below the folders listened to.

    Events may get lost: with too few inotify watches, on a network file system, in a folder that was removed and made
    again. Nothing rests on them; they only save the time until the next look, which is `every` seconds away.
    """

    def __init__(self, root: Path, emit: Emit) -> None:
        self.every = LOOK_SECONDS
        self._root = root
        self._emit = emit
        self._stirred = threading.Event()
        self._hushed: threading.Event | None = None
        self._heard_of: tuple[tuple[str, int], ...] = ()

    def listen(self, folders: list[Path]) -> None:
        """From now on to these; what is the same folder as before goes on."""
        wanted = tuple((str(folder), _identity(folder)) for folder in folders)
        if wanted == self._heard_of and self._hushed is not None:
            return
        self.hush()
        self._heard_of, self._hushed = wanted, threading.Event()
        self._start([self._root], recursive=False)
        if folders:
            self._start(folders, recursive=True)

    def wait(self, seconds: float) -> bool:
        """Whether anything stirred within that time."""
        stirred = self._stirred.wait(seconds)
        self._stirred.clear()
        return stirred

    def stir(self) -> None:
        """Wake whoever waits. From any thread."""
        self._stirred.set()

    def deaf(self, why: str) -> None:
        """Say so once, and look more often from now on."""
        if self.every != LOOK_SECONDS_DEAF:
            self.every = LOOK_SECONDS_DEAF
            text = f"{why}: looking at the files every {LOOK_SECONDS_DEAF:g} s instead"
            self._emit(Warned("", text))

    def hush(self) -> None:
        """Listen no more."""
        if self._hushed is not None:
            self._hushed.set()
            self._hushed = None

    def _start(self, folders: list[Path], *, recursive: bool) -> None:
        assert self._hushed is not None
        arguments = (folders, recursive, self._hushed)
        threading.Thread(target=self._listen, args=arguments, name="watch", daemon=True).start()

    def _listen(self, folders: list[Path], recursive: bool, hushed: threading.Event) -> None:
        from watchfiles import watch

        try:
            for _ in watch(
                *folders,
                recursive=recursive,
                debounce=MOST_MS,
                step=STEP_MS,
                rust_timeout=1_000,
                stop_event=hushed,
                raise_interrupt=False,
            ):
                self.stir()
        except Exception as error:  # what the system says differs with its kind; all of it means the same
            if not hushed.is_set():
                self.deaf(f"the system does not tell of changes ({error})")
                self.stir()


def _identity(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except OSError:
        return 0
