"""`sbdk init`: guided on a terminal, silent with --yes, and nothing outside its folder."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pexpect

from support.shops import command_environment, sbdk


def test_guided_on_a_terminal(tmp_path: Path) -> None:
    screen = pexpect.spawn(
        sys.executable, ["-m", "sbdk", "init", "shop"], cwd=str(tmp_path), encoding="utf-8", timeout=60,
        env={**command_environment(), "TERM": "xterm", "COLUMNS": "80"},
    )  # fmt: skip
    for question, answer in (("Template", "saas"), ("Users", "123"), ("Events", ""), ("Orders", "77"), ("Seed", "9")):
        screen.expect(question)
        screen.sendline(answer)
    screen.expect("sbdk dev")
    screen.expect(pexpect.EOF)
    config = json.loads((tmp_path / "shop/sbdk_config.json").read_text())
    assert config["data_volume"] == {"users": 123, "events": 50_000, "orders": 77}
    assert config["seed"] == 9


def test_a_terminal_that_hangs_up_leaves_nothing(tmp_path: Path) -> None:
    screen = pexpect.spawn(
        sys.executable, ["-m", "sbdk", "init", "shop"], cwd=str(tmp_path), timeout=60,
        env=command_environment(TERM="xterm"),
    )  # fmt: skip
    screen.expect("Template")
    screen.sendintr()
    screen.expect(pexpect.EOF)
    screen.close()
    assert screen.exitstatus == 130
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    answer = sbdk("init", "my-shop", "--template", "blank", "--yes", "--json", cwd=work, HOME=str(home))
    assert answer.object == {"project": "my-shop", "path": str(work / "my-shop"), "template": "blank", "changes": []}
    assert list(home.rglob("*")) == []
    assert [path.name for path in work.iterdir()] == ["my-shop"]
    assert stat.S_IMODE((work / "my-shop/.env").stat().st_mode) == 0o600
    assert "name: my_shop" in (work / "my-shop/dbt/dbt_project.yml").read_text()
    told = sbdk("dev", "--json", cwd=work / "my-shop", HOME=str(home)).object
    assert (told["status"], told["tables"]) == ("success", [])
    assert list(home.rglob("*")) == []


def test_an_unknown_template_names_those_there_are(tmp_path: Path) -> None:
    answer = sbdk("init", "shop", "--template", "nope", "--yes", cwd=tmp_path)
    assert answer.code == 2
    assert "blank, bookstore, retail, saas" in answer.err
    assert list(tmp_path.iterdir()) == []
