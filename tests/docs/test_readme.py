"""The README's five minutes, command by command: each does what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from support.shops import Answer, command_environment, sbdk
from support.snippets import blocks


@dataclass
class Shown:
    """A command as the page has it, and the lines that it is said to print."""

    command: str
    lines: list[str] = field(default_factory=list)

    @property
    def fails(self) -> bool:
        return any(line.startswith("✗") for line in self.lines)


def test_five_minutes(tmp_path: Path) -> None:
    folder = tmp_path
    for shown in tour():
        if shown.command.startswith("cd "):
            folder = folder / shown.command[3:]
            continue
        done = run(shown.command, folder)
        assert (done.code != 0) == shown.fails, (shown.command, done)
        printed = [pattern(line) for line in (done.out + done.err).splitlines()]
        for line in shown.lines:
            assert pattern(line) in printed, (shown.command, line, done)


def tour() -> list[Shown]:
    """The blocks after the first, which stands at the top and is the same as the tour's begin."""
    found: list[Shown] = []
    for line in "".join(blocks("README.md", "console")[1:]).splitlines():
        if line.startswith("$ "):
            found.append(Shown(line[2:].split("   #")[0].strip()))
        elif line != "…" and not line[:1].isdigit():  # rows depend on the day on which the project is made
            found[-1].lines.append(line)
    return found


def pattern(line: str) -> str:
    """A line without what differs from run to run: figures, run ids, the folder."""
    line = re.sub(r"\S*/shop/", "…/shop/", line)
    line = re.sub(r"\d{8}T\d{6}-[0-9a-f]{6}", "RUN", line)
    return re.sub(r"\s+", " ", re.sub(r"[\d,]+(\.\d+)?", "#", line)).strip()


def run(command: str, folder: Path) -> Answer:
    """In a shell, with the `sbdk` that was installed; its commands after `init` as forks, which start sooner."""
    if command.startswith("sbdk ") and not command.startswith("sbdk init "):
        return sbdk(*shlex.split(command)[1:], cwd=folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=command_environment(PATH=path),
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)
