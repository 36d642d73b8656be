"""What docs/start.md says works: the commands' options, and the configuration."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sbdk.spec.loader import load_project
from support.shops import sbdk
from support.snippets import ROOT, blocks, commands

PAGE = "docs/start.md"


def test_the_options_on_the_page_are_those_of_the_command() -> None:
    answer = sbdk("start", "--help", cwd=ROOT, COLUMNS="200")
    known = set(re.findall(r"--[a-z-]+", answer.out))
    named = re.findall(r"--[a-z-]+", (ROOT / PAGE).read_text().partition("## Options")[2])
    used = [word for line in commands(PAGE) for word in line.split() if word.startswith("--")]
    assert used
    assert set(named) | set(used) <= known
    assert known <= {*named, "--no-open", "--help"}


def test_the_configuration_on_the_page_is_one(tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "json")
    (tmp_path / "sbdk_config.json").write_text(block)
    config = load_project(tmp_path, env={}).config
    assert config.dashboard.port == json.loads(block)["dashboard"]["port"]
