"""docs/commands.md is up to date; completion works; every command has a help text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sbdk.cli.main import app

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "init",
    "dev",
    "generate",
    "verify",
    "query",
    "runs",
    "rollback",
    "diff",
    "check",
    "dbt",
    "version",
    "doctor",
]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sbdk", *words],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_page_is_current() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    from commands import document

    assert (ROOT / "docs" / "commands.md").read_text() == document(), "run tools/commands.py"


def test_every_command_and_option_is_explained() -> None:
    group = typer.main.get_command(app)
    assert set(COMMANDS) <= set(group.commands)
    for command in group.commands.values():
        assert command.help
        assert all(param.help for param in command.params)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    shown = run("--show-completion", shell)
    if shown.returncode:  # this Typer looks at the shell around it, and takes no name
        shown = run("--show-completion", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1", SHELL=f"/bin/{shell}")
    assert "sbdk" in shown.stdout + shown.stderr


def test_bare_sbdk_shows_help() -> None:
    bare = run()
    assert bare.returncode == 0
    for command in COMMANDS:
        assert f" {command} " in bare.stdout
