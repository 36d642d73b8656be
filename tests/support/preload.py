"""Commands of sbdk and dbt workers as forks of one process that has imported everything: importing is half their time.

They are processes of their own as ever, with their own folder, environment, descriptors and exit code. A command whose
environment changes what an import does, or that kills its parent, is started anew: see `can_fork`.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

import sbdk.transform.process as worker_process

SERVER = Path(__file__).with_name("preload_server.py")
READ_ON_IMPORT = ("PYTHON", "LD_", "DYLD_", "MALLOC", "OMP_", "OPENBLAS", "MKL_", "LANG", "LC_", "HOME", "XDG_", "DLT_")
_server: list[Path] = []
"""The path of the server's socket; empty before the first fork."""
_own: list[psutil.Process] = []
"""The server that this process started."""
_starting = threading.Lock()


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether the environment differs from the server's in nothing that is read when modules are imported."""
    names = {name for name in {*environment, *os.environ} if environment.get(name) != os.environ.get(name)}
    allowed = {"PYTHONWARNINGS"}  # of the worker; the server sets the filter
    return (
        sys.platform == "linux"
        and "SBDK_FAILPOINT" not in environment
        and not any(name.startswith(READ_ON_IMPORT) for name in names - allowed)
    )


class Forked:
    """A child of the server, with what sbdk uses of `subprocess.Popen`. `stdin` is a pipe, or None."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        descriptors: Mapping[int, int],
        stdin: IO[bytes] | None = None,
    ) -> None:
        sys.audit("subprocess.Popen", program)  # a unit test may no more start a fork than another process
        self.stdin = stdin
        self.returncode: int | None = None
        with _starting:
            _server[:] = _server or [_start()]
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(_server[0]))
        command = {
            "program": program,
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment),
            "descriptors": list(descriptors),
            "server": str(_server[0]),
        }
        line = json.dumps(command).encode() + b"\n"
        sent = socket.send_fds(self._connection, [line], list(descriptors.values()))
        self._connection.sendall(line[sent:])
        self._answers = self._connection.makefile("rb")
        self.pid = int(self._answers.readline())

    def poll(self) -> int | None:
        """The exit code if the process has ended."""
        if self.returncode is None and self._has_ended():
            return self.wait()
        return self.returncode

    def _has_ended(self) -> bool:
        """Asked of the system, too: the server tells it a moment later."""
        self._connection.setblocking(False)
        try:
            return bool(self._connection.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return not psutil.pid_exists(self.pid) or psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True
        finally:
            self._connection.setblocking(True)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; subprocess.TimeoutExpired after `timeout` seconds."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                self.returncode = int(self._answers.readline())
            except TimeoutError:
                raise subprocess.TimeoutExpired("sbdk", timeout or 0) from None
            self._answers.close()
            self._connection.close()
        return self.returncode

    def kill(self) -> None:
        """Send SIGKILL."""
        if self.poll() is None:
            os.kill(self.pid, 9)


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float, program: str = "sbdk"
) -> tuple[int, str, str]:
    """Run `sbdk` (or plain `dbt`, or a Python file) with these arguments: its exit code, standard output and error."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as nothing:
        descriptors = {0: nothing.fileno(), 1: out.fileno(), 2: err.fileno()}
        process = Forked(program, arguments, folder, environment, descriptors)
        try:
            code = process.wait(timeout)
        except BaseException:
            os.kill(process.pid, 9)
            raise
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode())
    return code, said[0], said[1]


class _Subprocess:
    """In place of the module `subprocess` where sbdk starts its dbt worker."""

    PIPE = subprocess.PIPE

    def Popen(self, command: list[str], **options: Any) -> Any:
        """A fork for a worker of this Python; else a new process."""
        if command[0] != sys.executable or not can_fork(options["env"]):
            return subprocess.Popen(command, **options)
        read_end, write_end = os.pipe()
        descriptors = {0: read_end, 1: options["stdout"].fileno(), 2: options["stderr"].fileno()}
        descriptors |= {number: number for number in options["pass_fds"]}
        try:
            stdin = os.fdopen(write_end, "wb")
            return Forked("worker", command[2:], options["cwd"], options["env"], descriptors, stdin)
        finally:
            os.close(read_end)


def install(server: str | None = None) -> None:
    """Have this process start its dbt workers through the server at this path, or one that it starts when needed."""
    if server:
        _server[:] = [Path(server)]
    worker_process.subprocess = _Subprocess()  # type: ignore[assignment]


def _start() -> Path:
    """Start a server for this process; the path of its socket. It ends when this process does."""
    path = Path(tempfile.mkdtemp(prefix="sbdk")) / "server"  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(64)
        process = subprocess.Popen(
            [sys.executable, str(SERVER), str(listening.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listening.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVER.parents[1]), *_python_path()])},
        )

    _own.append(psutil.Process(process.pid))

    def stop() -> None:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
        shutil.rmtree(path.parent)

    atexit.register(stop)
    return path


def _python_path() -> list[str]:
    path = os.environ.get("PYTHONPATH", "")
    return path.split(os.pathsep) if path else []


def cpu_seconds() -> float:
    """Processor seconds of the forks that have ended."""
    return sum(sum(server.cpu_times()[2:4]) for server in _own)


def pytest_configure() -> None:
    """Be a plugin of pytest."""
    install()
