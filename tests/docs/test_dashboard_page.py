"""What docs/dashboard.md says works: the program, the query, the configuration, the codes and the keys."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from sbdk.spec.loader import load_project
from support.shops import Shop, command_environment
from support.snippets import ROOT, blocks

PAGE = "docs/dashboard.md"


def test_the_program_shows_a_run(shop: Shop) -> None:
    (code,) = blocks(PAGE, "python")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=shop.path, env=command_environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", done.stdout)


def test_the_query_works(shop: Shop) -> None:
    (sql,) = blocks(PAGE, "sql")
    assert len(shop.sbdk("query", sql, "--json").object) >= 3


def test_the_limits_are_a_configuration(tmp_path: Path) -> None:
    (snippet,) = blocks(PAGE, "json")
    (tmp_path / "sbdk_config.json").write_text(snippet)
    assert load_project(tmp_path, env={}).config.dashboard.model_dump() == json.loads(snippet)["dashboard"]


def test_every_code_on_the_page_is_one_of_the_program() -> None:
    table = (ROOT / PAGE).read_text(encoding="utf-8").split("| code |")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+)`(?=,| \|)", table))
    source = "".join(path.read_text() for path in (ROOT / "src/sbdk/server").rglob("*.py"))
    assert named
    assert all(f'"{code}"' in source for code in named), named
