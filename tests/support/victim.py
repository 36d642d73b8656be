"""A server in a process of its own that is killed, and its client, who writes down what was acknowledged."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from sbdk.server.jobs.process_tree import MARK
from sbdk.server.store import Store
from support.hub import until

SERVER = Path(__file__).with_name("jobs_server.py")


class Ledger:
    """An append-only file, each line on the disk before the next step."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "a+")  # noqa: SIM115 (open as long as the test)

    def add(self, *words: str) -> None:
        self._file.write(" ".join(words) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def lines(self) -> list[list[str]]:
        self._file.seek(0)
        return [line.split() for line in self._file.read().splitlines()]


class Victim:
    """One life of the server on `root`."""

    def __init__(self, root: Path, bare: Path, **changed: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SERVER), str(root), str(bare), json.dumps(changed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.root = root
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self.answer() == {"ready": True}

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def send(self, name: str, commit: str, ref: str = "refs/heads/main") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": name, "push": [ref, commit]}) + "\n")
        self.process.stdin.flush()

    def answer(self, seconds: float = 30.0) -> dict[str, Any] | None:
        """The next answer; None when the server is dead and has said all."""
        return self._answers.get(timeout=seconds)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


def processes_of(root: Path) -> list[psutil.Process]:
    """Everything alive that a rebuild in this project started, found without the program's own means."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(MARK) == str(root / ".sbdk")
            if marked and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def jobs_of(root: Path) -> dict[str, Any]:
    """By commit, after the server has gone."""
    state = Store(root / ".sbdk" / "server.sqlite")
    try:
        return {job.commit: job for job in state.jobs(10_000)}
    finally:
        state.close()


def finished(root: Path, life: Victim, commits: int) -> None:
    """Wait, looking from outside with SQLite alone, until so many jobs have ended and none is to run."""
    import sqlite3

    def done() -> bool:
        with closing(sqlite3.connect(root / ".sbdk" / "server.sqlite")) as database:
            rows = dict(database.execute("SELECT status, count(*) FROM jobs GROUP BY status").fetchall())
        return sum(rows.values()) >= commits and not {"queued", "running", "interrupted"} & rows.keys()

    until(done, 60)
    assert life.terminate() == 0
