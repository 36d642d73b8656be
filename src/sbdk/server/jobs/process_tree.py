"""Commands of a rebuild, each below a supervisor that leaves nothing of it alive."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sbdk.server.jobs.deadline import Limits
from sbdk.server.jobs.log import JobLog

MARK = "WEBHOOK_REBUILD"  # every process of a rebuild has it in its environment, with the project's .sbdk as its value
_SCRIPT = Path(__file__).with_name("supervisor.py")
_PATIENCE = 5.0  # seconds beyond the grace after which the supervisor itself is killed


class TimeLimit(Exception):
    """The job took longer than it may, and was ended."""


class Stopped(Exception):
    """The server stops; the job was ended and will run again."""


@dataclass(frozen=True)
class Command:
    """What to run, where, with which environment (and no other variable). `note` gets process id and start time."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    note: Path


def run(command: Command, limits: Limits, log: JobLog) -> int:
    """The command's exit code; what it says goes to the log. Raises TimeLimit or Stopped, when all of it is gone."""
    lifeline, held = os.pipe()
    supervisor = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_SCRIPT), str(limits.grace), str(command.note), *command.arguments],
        cwd=command.folder,
        env=dict(command.environment),
        stdin=lifeline,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    os.close(lifeline)
    try:
        reason = _listen(supervisor, limits, log)
    finally:
        os.close(held)
        _bury(supervisor, limits.grace, log, command.environment[MARK])
    if reason:
        raise reason
    return supervisor.returncode


def _listen(supervisor: subprocess.Popen[bytes], limits: Limits, log: JobLog) -> type[Exception] | None:
    """Until it ends by itself, or why it must end now."""
    while (reason := _why_end(limits)) is None:
        if (data := _heard(supervisor, 0.1)) is None:
            continue
        if not data:
            break
        log.write(data)
    return reason


def _heard(supervisor: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """What it and all below it said; b"" at the end of that; None when for so long nobody said anything."""
    assert supervisor.stdout is not None
    with selectors.DefaultSelector() as ready:  # select() itself fails in a server with a thousand connections
        ready.register(supervisor.stdout, selectors.EVENT_READ)
        return os.read(supervisor.stdout.fileno(), 65_536) if ready.select(seconds) else None


def _bury(supervisor: subprocess.Popen[bytes], grace: float, log: JobLog, mark: str) -> None:
    """With its lifeline closed it ends all below it and then itself; one that does not is made to."""
    assert supervisor.stdout is not None
    last_moment = time.monotonic() + grace + _PATIENCE
    while (data := _heard(supervisor, 0.1)) != b"":
        if data:
            log.write(data)
        if time.monotonic() > last_moment:
            supervisor.kill()
            end_marked(mark)
    supervisor.stdout.close()
    supervisor.wait()


def _why_end(limits: Limits) -> type[Exception] | None:
    if limits.stop_now():
        return Stopped
    return TimeLimit if limits.over() else None


def end_marked(mark: str, patience: float = 0.0) -> None:
    """See that no process of this project's rebuilds is left, by force after `patience` seconds.

    When a server is killed, its supervisors notice at once and end what they have; they are given the time for it.
    """
    deadline = time.monotonic() + patience
    while pids := _marked(f"{MARK}={mark}".encode()):
        for pid in pids if time.monotonic() >= deadline else ():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _marked(mark: bytes) -> list[int]:
    """Living processes with the variable in their environment. Empty where there is no /proc."""
    found = []
    for name in os.listdir("/proc") if sys.platform == "linux" else ():
        if name.isdigit() and int(name) != os.getpid():
            with suppress(OSError):
                if mark in Path("/proc", name, "environ").read_bytes().split(b"\0"):  # a zombie's is empty
                    found.append(int(name))
    return found
