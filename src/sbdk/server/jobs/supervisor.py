"""A program that runs one command, and ends all processes of that command when it ends or must end.

    python -I -S supervisor.py GRACE_SECONDS NOTE COMMAND…

Standard input is a pipe whose other end the server holds and never writes to: when it closes, because the server ends
the job or is dead itself, everything the command started gets SIGTERM, and SIGKILL after the grace. On Linux
a descendant cannot escape: as a subreaper this process inherits all that lose their parent, in whatever session.
NOTE gets the command's process id and start time, by which its run is found afterwards. It imports only the standard
library.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # include/uapi/linux/prctl.h
LINUX = sys.platform == "linux"


def main(grace: float, note: str, command: list[str]) -> int:
    """The command's exit code, 128 and more for a signal, as in shells; 127 when it cannot be started."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
        )
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        return 127
    _write_note(note, child.pid)
    while child.poll() is None:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 1_024)
            _reap(child)
        if 0 in ready:
            _end(child, grace)
            break
    _kill_all(child)
    code = child.wait()
    return 128 - code if code < 0 else code


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    """Send SIGTERM to all, and wait up to the grace for their end."""
    _signal_all(child, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and (child.poll() is None or _descendants()):
        _reap(child)
        time.sleep(0.02)


def _kill_all(child: subprocess.Popen[bytes]) -> None:
    """Kill until no process is left: one may start another just before it is killed."""
    while child.poll() is None or _descendants():
        _signal_all(child, signal.SIGKILL)
        _reap(child)
        time.sleep(0.005)
    if not LINUX:
        _signal_all(child, signal.SIGKILL)


def _signal_all(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.returncode is None or not LINUX:  # the group's number stays its own until it is reaped
        _kill(-child.pid, number)
    for pid in _descendants():
        _kill(pid, number)


def _kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _reap(child: subprocess.Popen[bytes]) -> None:
    """Collect the exit of inherited orphans; Popen collects the child's own."""
    for pid in _descendants(zombies=True):
        if pid != child.pid:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _descendants(*, zombies: bool = False) -> list[int]:
    """All processes below this one, dead ones only with `zombies`. Empty where there is no /proc."""
    below: dict[int, list[tuple[int, str]]] = {}
    for name in os.listdir("/proc") if LINUX else ():
        if name.isdigit() and (fields := _stat(int(name))):
            below.setdefault(int(fields[1]), []).append((int(name), fields[0]))
    pids, parents = [], [os.getpid()]
    while parents:
        for pid, state in below.get(parents.pop(), ()):
            parents.append(pid)
            if zombies or state not in "ZX":
                pids.append(pid)
    return pids


def _stat(pid: int) -> list[str]:
    """The fields of proc(5) stat from the third one on: state, parent, …"""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _write_note(note: str, pid: int) -> None:
    fields = _stat(pid)
    with open(note, "w", encoding="ascii") as file:
        file.write(f"{pid} {fields[19] if fields else ''}\n")
        file.flush()
        os.fsync(file.fileno())


def _prctl(option: int, value: int) -> None:
    if LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2], sys.argv[3:]))
