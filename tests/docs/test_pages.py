"""Every command and every line of Python on the pages works, in the order in which it stands there."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from support.shops import Shop, command_environment
from support.snippets import blocks, commands


def test_the_page_on_runs(shop: Shop) -> None:
    for command in commands("docs/runs.md"):
        answer = shop.sbdk(*shlex.split(command)[1:])
        if command == "sbdk rollback":
            assert "Published again" in answer.out, answer
        assert answer.code == 0, (command, answer)


@pytest.mark.parametrize("code", blocks("docs/python.md", "python"))
def test_the_page_on_python(code: str, default_shop: Shop) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=default_shop.path,
        env=command_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
