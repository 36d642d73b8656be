"""Forwards dbt's events to the run as messages; contains the fault point after the first model."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

from .parent import Channel

LOGGED = ("warn", "error")
# Warnings that are in the results too, or about a project without models.
IGNORED_WARNINGS = frozenset(
    {
        "LogTestResult",
        "LogFreshnessResult",
        "LogModelResult",
        "RunResultWarning",
        "RunResultWarningMessage",
        "NothingToDo",
    }
)


class EventForwarder:
    """A dbt callback. Called from all of dbt's threads, for every event, so it looks at the name first."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._started_ids: set[str] = set()
        self._done = 0
        self._total: int | None = None
        self._raise = False
        self.parse_kept = False
        self._lock = threading.Lock()

    def __call__(self, event: Any) -> None:
        name = event.info.name
        if name == "LogStartLine":
            self._started(event.data)
        elif name == "NodeFinished":
            self._finished(event.data)
        elif name == "PartialParsingSkipParsing":
            self.parse_kept = True
        elif event.info.level in LOGGED:
            self._channel.log(event.info.msg)
            if event.info.level == "warn" and name not in IGNORED_WARNINGS:
                self._channel.send("warning", text=event.info.msg.strip())

    def _started(self, data: Any) -> None:
        self._total = data.total
        self._started_ids.add(data.node_info.unique_id)
        self._channel.send("node_started", **_identity(data.node_info), total=data.total)

    def _finished(self, data: Any) -> None:
        if data.node_info.unique_id not in self._started_ids:
            return  # an ephemeral model: part of others, not in the total
        with self._lock:
            self._done += 1
        self._channel.send(
            "node_finished",
            **_identity(data.node_info),
            status=data.run_result.status,
            seconds=round(data.run_result.execution_time, 4),
            done=self._done,
            total=self._total,
        )
        if data.node_info.resource_type == "model":
            self._raise = after_first_model() or self._raise

    def raise_failpoint(self) -> None:
        """Raise the fault point's exception, if it was reached: dbt would swallow it in the callback."""
        if self._raise:
            raise FailpointReached("mid_transform")


def _identity(info: Any) -> dict[str, str]:
    return {"id": info.unique_id, "name": info.node_name, "type": info.resource_type}


class FailpointReached(RuntimeError):
    """Raised by the action `raise`, once dbt has returned."""


def after_first_model() -> bool:
    """Perform the action of the fault point; True when the action is to raise."""
    if os.environ.get("SBDK_TEST") != "1":
        return False
    name, _, action = os.environ.get("SBDK_FAILPOINT", "").partition(":")
    if name != "mid_transform":
        return False
    if action == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3600)  # until the end of the standard input ends this process
    elif action == "killpg":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    elif action == "killworker":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(3600)
    return action == "raise"
