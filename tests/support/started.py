"""`sbdk start` as a user runs it: a process, what it prints, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from support.shops import Shop, command_environment


class Started:
    """A running `sbdk start --no-dashboard`. `lines`: what it has printed so far, errors included."""

    def __init__(self, shop: Shop, *options: str, prefix: tuple[str, ...] = (), **environment: str) -> None:
        self.shop = shop
        self.lines: list[str] = []
        self._read = 0
        self._more = threading.Condition()
        command = [*prefix, sys.executable, "-m", "sbdk", "start", "--no-dashboard", *options]
        self.process = subprocess.Popen(
            command, cwd=shop.path, env=command_environment(**environment),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, seconds: float = 60) -> str:
        """The next line that matches; lines before it count as read."""
        until = time.monotonic() + seconds
        with self._more:
            while True:
                while self._read < len(self.lines):
                    self._read += 1
                    if re.search(pattern, line := self.lines[self._read - 1]):
                        return line
                left = until - time.monotonic()
                assert left > 0, (pattern, self.lines)
                assert self.process.poll() is None or self._reader.is_alive(), (pattern, self.lines)
                self._more.wait(left)

    def edit(self, name: str, text: str) -> str:
        """Save a file; the line about the build that follows."""
        self.shop.write(name, text)
        return self.wait_for(re.escape(name))

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def builds(self) -> int:
        return sum(bool(re.match(r"\d\d:\d\d:\d\d ", line)) for line in self.lines)

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        """End it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(30)
        self._reader.join(10)
        return code

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
