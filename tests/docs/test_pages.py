"""Every command and every line of Python on the pages works, in the order in which it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from support import preload
from support.shops import Shop, command_environment
from support.snippets import blocks, commands


def test_the_page_on_runs(shop: Shop) -> None:
    for command in commands("docs/runs.md"):
        answer = shop.sbdk(*shlex.split(command)[1:])
        if command == "sbdk rollback":
            assert "Published again" in answer.out, answer
        assert answer.code == 0, (command, answer)


@pytest.mark.parametrize("code", blocks("docs/python.md", "python"))
def test_the_page_on_python(code: str, default_shop: Shop, tmp_path: Path) -> None:
    script = tmp_path / "snippet.py"
    script.write_text(code)
    ended, _, errors = preload.run([str(script)], default_shop.path, command_environment(), 240, program="python")
    assert ended == 0, errors
