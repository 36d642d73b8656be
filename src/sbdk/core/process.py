"""Processes, through psutil (imported on use): start time, memory, environment, and how to stop one."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process

_IMPORTED = time.monotonic()
_MIB = 1024 * 1024


def start_time(pid: int) -> str | None:
    """Start time of the process, as an opaque text to compare; None when there is no such process.

    The id alone is not enough, because the system uses ids again.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        return _ticks(pid) or f"{process.create_time():.6f}"
    except psutil.NoSuchProcess:
        return None


def process_began() -> float:
    """Start time of this process on the clock of `time.monotonic` (Linux); elsewhere of this module's import."""
    ticks = _ticks(os.getpid())
    if ticks is None:
        return _IMPORTED
    return time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - int(ticks) / os.sysconf("SC_CLK_TCK"))


def _ticks(pid: int) -> str | None:
    """Clock ticks from the boot to the process's start; None where there is no /proc.

    psutil adds the time of the boot to them, which is known to the second only and moves when the clock is set.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5); the name, in brackets, may hold blanks


def alive(pid: int, started: str | None) -> bool:
    """Whether the process recorded as (pid, started), and no other of that id, still runs."""
    now = start_time(pid)
    return now is not None and (started is None or started == now)


def stop_process(pid: int, started: str | None, patience: float = 2.0) -> bool:
    """Send SIGTERM, then SIGKILL; True when the process is gone. `patience`: seconds to wait after each."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not alive(pid, started):
            return True
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        _wait(pid, started, patience)
    return not alive(pid, started)


def children_of(pid: int) -> list[Process]:
    """The processes below a process that runs; none if it has ended."""
    import psutil

    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def end_all(processes: Sequence[Process], patience: float = 2.0) -> None:
    """Wait until the processes have ended; after `patience` seconds they are killed."""
    import psutil

    _, left = psutil.wait_procs(processes, timeout=patience)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=patience)


def _wait(pid: int, started: str | None, patience: float) -> None:
    deadline = time.monotonic() + patience
    while alive(pid, started) and time.monotonic() < deadline:
        time.sleep(0.02)


def processes_with_variable(name: str, value: str) -> Iterator[int]:
    """Ids of other processes that have the variable in their environment, of those that this process may inspect."""
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(name) == value:  # a zombie's is empty
                yield process.pid


def resident_mb(pid: int) -> float:
    """Resident size in MiB; 0 when there is no such process."""
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss / _MIB)
    except psutil.Error:
        return 0.0


def reset_peak() -> None:
    """Start a new measurement for `peak_mb`. Where the system cannot, peaks are of the whole process."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_mb(pid: int | str = "self") -> float:
    """Largest resident size since `reset_peak`, in MiB. psutil knows no peak on Linux."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    unit = _MIB if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
