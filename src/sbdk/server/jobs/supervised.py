"""Commands of a rebuild, each below a supervisor that leaves nothing of it alive."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sbdk.server.jobs.limits import Limits
from sbdk.server.jobs.log import JobLog

MARK = "WEBHOOK_REBUILD"  # every process of a rebuild has it in its environment, with the project's .sbdk as its value
_SCRIPT = Path(__file__).with_name("supervise.py")
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
    reason: type[Exception] | None = None
    assert supervisor.stdout is not None
    try:
        while True:
            if reason is None and (reason := _why_end(limits)):
                os.close(held)
                held = -1
                last_moment = time.monotonic() + limits.grace + _PATIENCE
            if reason and time.monotonic() > last_moment:
                supervisor.kill()
                end_marked(command.environment[MARK])
            if select.select([supervisor.stdout], [], [], 0.1)[0]:
                data = os.read(supervisor.stdout.fileno(), 65_536)
                if not data:
                    break
                log.write(data)
    finally:
        if held >= 0:
            os.close(held)
        supervisor.stdout.close()
    code = supervisor.wait()
    if reason:
        raise reason
    return code


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
