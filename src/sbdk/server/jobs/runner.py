"""The thread that runs jobs, one after another."""

from __future__ import annotations

from sbdk.core.events import Emit, silent
from sbdk.server.jobs.settings import RebuildSettings
from sbdk.server.state import State


class Runner:
    """Takes jobs from `state` in order and rebuilds. With `settings` None (no repository configured) none is run."""

    def __init__(self, state: State, settings: RebuildSettings | None, *, emit: Emit = silent) -> None:
        self._state = state
        self._settings = settings
        self._emit = emit

    def start(self) -> None:
        """Settle what a killed server left, then run jobs until `stop`."""

    def stop(self, drain_seconds: float = 10.0) -> None:
        """Let the running job end within `drain_seconds`, or end it: it then runs again at the next start."""
