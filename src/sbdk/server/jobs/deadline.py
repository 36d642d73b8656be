"""How long a job may still work."""

from __future__ import annotations

import threading
import time


class Stop:
    """Whether the server stops, and until when a running job may go on."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._until = float("inf")

    def ask(self, seconds: float) -> None:
        """Let a running job work for `seconds` more."""
        self._until = time.monotonic() + seconds
        self.asked.set()

    def now(self) -> bool:
        return self.asked.is_set() and time.monotonic() >= self._until


class Limits:
    """Of one job: `seconds` from now, the server's stop, and the `grace` in seconds between SIGTERM and SIGKILL."""

    def __init__(self, seconds: float, grace: float, stop: Stop) -> None:
        self.grace = grace
        self.stop = stop
        self._deadline = time.monotonic() + seconds

    def over(self) -> bool:
        return time.monotonic() >= self._deadline

    def stop_now(self) -> bool:
        return self.stop.now()
