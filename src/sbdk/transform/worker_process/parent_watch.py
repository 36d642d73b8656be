"""The worker does not outlive its parent: Linux tells it of the death, and everywhere its standard input ends."""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import sys
import threading
from typing import Any

PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


def die_with_parent() -> None:
    """Ask Linux for SIGKILL when the thread that started us ends. If it has ended already, our input has too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def commands() -> queue.SimpleQueue[dict[str, Any]]:
    """Commands from standard input, one JSON object a line. At its end the process ends, whatever it is doing."""
    received: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    # What dbt or a Python model starts must not read our commands.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def read() -> None:
        for line in lines:
            received.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, name="sbdk-lifeline", daemon=True).start()
    return received
