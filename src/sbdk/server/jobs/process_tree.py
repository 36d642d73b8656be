"""Commands of a rebuild, each below a supervisor that ends all of its processes, and the environment that they get."""

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

from sbdk.core.process import processes_with_variable
from sbdk.server.jobs.job import JobDeadline, JobLog
from sbdk.server.jobs.settings import RebuildSettings

MARK = "WEBHOOK_REBUILD"  # set in the environment of every process of a rebuild, to the path of the project's .sbdk
_SCRIPT = Path(__file__).with_name("supervisor.py")
_PATIENCE = 5.0  # seconds beyond the grace after which the supervisor itself is killed


@dataclass(frozen=True)
class Command:
    """A command, its folder and its whole environment. The file `note` gets its process id and start time."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    note: Path


def run_command(command: Command, deadline: JobDeadline, log: JobLog) -> int:
    """Run a command and return its exit code; its output goes to the log.

    Raises DeadlineExceeded or ServerStopping, after all of its processes have ended.
    """
    lifeline, our_end = os.pipe()
    supervisor = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_SCRIPT), str(deadline.grace), str(command.note), *command.arguments],
        cwd=command.folder,
        env=dict(command.environment),
        stdin=lifeline,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    os.close(lifeline)
    try:
        reason = _log_until_end(supervisor, deadline, log)
    finally:
        os.close(our_end)
        _reap(supervisor, deadline.grace, log, command.environment[MARK])
    if reason:
        raise reason
    return supervisor.returncode


def _log_until_end(supervisor: subprocess.Popen[bytes], deadline: JobDeadline, log: JobLog) -> type[Exception] | None:
    """Log the output until the command ends by itself (None), or return the reason to end it now."""
    while (reason := deadline.reason_to_end()) is None:
        if (data := _read_output(supervisor, 0.1)) is None:
            continue
        if not data:
            break
        log.write(data)
    return reason


def _read_output(supervisor: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Output of the supervisor and all below it; b"" at its end; None when there was none for so long."""
    assert supervisor.stdout is not None
    with selectors.DefaultSelector() as ready:  # select() itself fails in a server with a thousand connections
        ready.register(supervisor.stdout, selectors.EVENT_READ)
        return os.read(supervisor.stdout.fileno(), 65_536) if ready.select(seconds) else None


def _reap(supervisor: subprocess.Popen[bytes], grace: float, log: JobLog, mark: str) -> None:
    """Wait for the supervisor, which ends with its processes when its lifeline closes; kill it if it does not."""
    assert supervisor.stdout is not None
    give_up = time.monotonic() + grace + _PATIENCE
    while (data := _read_output(supervisor, 0.1)) != b"":
        if data:
            log.write(data)
        if time.monotonic() > give_up:
            supervisor.kill()
            kill_marked(mark)
    supervisor.stdout.close()
    supervisor.wait()


def kill_marked(mark: str, patience: float = 0.0) -> None:
    """Wait until no process of this project's rebuilds is left; after `patience` seconds kill those that are.

    When a server is killed, its supervisors end their processes; `patience` is the time for that.
    """
    deadline = time.monotonic() + patience
    while pids := list(processes_with_variable(MARK, mark)):
        for pid in pids if time.monotonic() >= deadline else ():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
_FOR_GIT = ("SSH_AUTH_SOCK", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy")
_NEVER = "SBDK_WEBHOOKS__"


def base_environment(settings: RebuildSettings) -> dict[str, str]:
    """The allowed variables, the rebuild's own home and temporary folder, and the mark of its processes."""
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    own = {"HOME": str(settings.workplace / "home"), "TMPDIR": str(settings.workplace / "tmp")}
    return {**passed, **own, MARK: str(settings.state)}


def git_environment(settings: RebuildSettings) -> dict[str, str]:
    """For git: no other configuration, no prompt, no transport that runs a command.

    The repository's URL, which may hold a token, is passed as configuration: arguments are visible to every process.
    """
    config = {
        "remote.origin.url": settings.repository_url,
        "protocol.ext.allow": "never",
        "core.hooksPath": os.devnull,
        "credential.helper": "",
        "core.fsmonitor": "false",
        "gc.auto": "0",
        "submodule.recurse": "false",
    }
    numbered = {f"GIT_CONFIG_KEY_{n}": key for n, key in enumerate(config)}
    numbered |= {f"GIT_CONFIG_VALUE_{n}": value for n, value in enumerate(config.values())}
    return {
        **base_environment(settings),
        **{name: os.environ[name] for name in _FOR_GIT if name in os.environ},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_CONFIG_COUNT": str(len(config)),
        **numbered,
    }


def build_environment(settings: RebuildSettings) -> dict[str, str]:
    """For `sbdk dev`: also the variables of the server's .env, and the path of the file to publish."""
    own = {name: value for name, value in settings.environment.items() if not name.startswith(_NEVER)}
    return {**own, **base_environment(settings), "SBDK_DUCKDB_PATH": str(settings.published)}
