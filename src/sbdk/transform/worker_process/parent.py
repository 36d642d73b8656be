"""The worker's side of its parent: messages to it, commands from it, and the end with it."""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sbdk.core.redact import Redactor


class Channel:
    """Thread-safe. Secrets are redacted in every message."""

    def __init__(self, descriptor: int, redact: Redactor) -> None:
        os.set_inheritable(descriptor, False)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self.redact = redact

    def send(self, kind: str, **data: Any) -> None:
        line = json.dumps({"kind": kind, **self.redact(data)}, default=str)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def log(self, text: str) -> None:
        """A line for the log, which is this process's standard error."""
        print(self.redact.text(text), file=sys.stderr, flush=True)  # noqa: T201


PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


def die_with_parent() -> None:
    """Have Linux send SIGKILL when the thread that started this process ends. If it has ended, so has the input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def commands() -> queue.SimpleQueue[dict[str, Any]]:
    """Commands from standard input, one JSON object a line. At its end the process exits at once."""
    received: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    # Processes that dbt or a Python model starts must not read the commands.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def read() -> None:
        for line in lines:
            received.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, name="sbdk-lifeline", daemon=True).start()
    return received
