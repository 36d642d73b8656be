"""Processes by id and start time: an id alone may meanwhile belong to someone else."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path


def start_time(pid: int) -> str | None:
    """When the process started, as an opaque text to compare; None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _start_time_by_ps(pid)
    state, *fields = stat.rpartition(")")[2].split()  # the name, in brackets, may hold blanks
    return None if state in "ZX" else fields[18]  # field 22 of proc(5), in clock ticks since boot


def _start_time_by_ps(pid: int) -> str | None:
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def alive(pid: int, started: str | None) -> bool:
    """Whether the very process noted as (pid, started) still runs."""
    now = start_time(pid)
    return now is not None and (started is None or started == now)


def end(pid: int, started: str | None, patience: float = 2.0) -> bool:
    """Ask the process to stop, then make it; True when it is gone. `patience` in seconds, for each of the two."""
    for blow in (signal.SIGTERM, signal.SIGKILL):
        if not alive(pid, started):
            return True
        try:
            os.kill(pid, blow)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        _wait(pid, started, patience)
    return not alive(pid, started)


def _wait(pid: int, started: str | None, patience: float) -> None:
    deadline = time.monotonic() + patience
    while alive(pid, started) and time.monotonic() < deadline:
        time.sleep(0.02)
