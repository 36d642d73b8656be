"""What docs/start.md says works: every command starts, and the table names what really runs."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import threading

import pytest
from shops import Shop, command_environment
from snippets import commands

PAGE = "docs/start.md"


@pytest.mark.parametrize("command", [line for line in commands(PAGE) if "--open" not in line])
def test_every_command_starts_builds_and_ends(shop: Shop, command: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk", *shlex.split(command)[1:]],
        cwd=shop.path, env=command_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    too_long = threading.Timer(120, process.kill)
    too_long.start()
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line[:2].isdigit() and line[2] == ":":
                break
        assert "✗" not in said[-1], said
        assert any("dashboard  http://127.0.0.1:" in line for line in said) == ("--no-dashboard" not in command)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate()
        assert process.returncode == 0, (said, rest)
    finally:
        too_long.cancel()
        process.kill()
        process.wait()
