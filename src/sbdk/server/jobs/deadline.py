"""The end of a job: by its time limit, or by the stop of the server."""

from __future__ import annotations

import threading
import time


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
