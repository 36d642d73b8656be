"""Fault injection for tests: `SBDK_FAILPOINT=name:kill|killpg|raise|sleep`, without effect unless `SBDK_TEST=1`."""

from __future__ import annotations

import os
import signal
import time


class FailpointReached(RuntimeError):
    """Raised by the action `raise`."""


def failpoint(name: str) -> None:
    """Kill, raise or sleep if SBDK_FAILPOINT names this point."""
    if os.environ.get("SBDK_TEST") != "1":
        return
    wanted, _, action = os.environ.get("SBDK_FAILPOINT", "").partition(":")
    if wanted != name:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "killpg":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(3600)
    else:
        raise FailpointReached(name)
