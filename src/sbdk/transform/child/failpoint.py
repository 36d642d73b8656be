"""The fault point `mid_transform`, a copy of `sbdk.core.failpoints` for a process that may not have sbdk.

`kill` means what it means at every other boundary, the death of the sbdk process alone: here, that is our parent.
`killworker` ends this process alone.
"""

from __future__ import annotations

import os
import signal
import time


class FailpointReached(RuntimeError):
    """Raised by the action `raise`, once dbt has returned."""


def after_first_model() -> bool:
    """Do what is asked for; True when that is to raise."""
    if os.environ.get("SBDK_TEST") != "1":
        return False
    name, _, action = os.environ.get("SBDK_FAILPOINT", "").partition(":")
    if name != "mid_transform":
        return False
    if action == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3600)  # until the lifeline ends us
    elif action == "killpg":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    elif action == "killworker":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(3600)
    return action == "raise"
