"""Wrong arguments, no project, wrong order: exit 2, one JSON object if asked for, nothing written, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.shops import Answer, Shop, command_environment, sbdk

NAMES = ["Shop", "9lives", "a b", "../shop", "/tmp/shop", "a/b", ".", "", "x" * 64, "{{ env_var('HOME') }}", "ü"]
IN_PROJECTS = [
    ("dev",), ("generate",), ("query", "select 1"), ("runs",), ("rollback",), ("diff", "a", "b"), ("check",),
    ("dbt", "ls"), ("doctor",),
]  # fmt: skip
WRONG = [
    ("nosuch",), ("init",), ("dev", "--bogus"), ("generate", "--threads", "0"), ("dev", "--advance", "1"),
    ("dev", "--from", "2026-01-01"), ("dev", "--from", "x", "--to", "y"), ("dev", "--target", "../x"),
    ("dev", "--from", "2026-01-02", "--to", "2026-01-01"), ("dev", "--pipelines-only", "--dbt-only"),
    ("dev", "--config-file", "nope.json"), ("query", "select 1", "--format", "xml"), ("diff", "a"),
    ("generate", "raw_nobody"), ("generate", "--rows", "5:3"), ("generate", "--rows", "0:10000000"),
    ("generate", "--format", "xml"), ("verify", "nope.json"),
]  # fmt: skip
BEFORE_A_RUN = [
    ("query", "select 1"), ("check",), ("rollback",), ("diff", "a", "b"), ("dev", "--dbt-only"),
    ("dev", "--from", "2026-01-01", "--to", "2026-01-02"),
]  # fmt: skip


def refused(answer: Answer) -> dict[str, str]:
    """Exit 2, an error for people, and the same for programs."""
    assert answer.code == 2, answer
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err
    error: dict[str, str] = answer.object["error"]
    assert error["message"]
    assert error["message"].splitlines()[0] in answer.err
    return error


def everything(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none_makes_nothing(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    error = refused(sbdk("init", name, "--yes", "--json", cwd=folder))
    assert "for example shop" in error["hint"]
    assert sorted(tmp_path.rglob("*")) == [folder]


def test_a_name_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine")
    assert "exists already" in refused(sbdk("init", "shop", "--yes", "--json", cwd=tmp_path))["message"]
    (tmp_path / "shop").unlink()
    (tmp_path / "shop").symlink_to("nowhere")
    refused(sbdk("init", "shop", "--yes", "--json", cwd=tmp_path))
    assert os.readlink(tmp_path / "shop") == "nowhere"


@pytest.mark.parametrize("words", IN_PROJECTS, ids=" ".join)
def test_outside_a_project(words: tuple[str, ...], tmp_path: Path) -> None:
    options = () if words[0] == "dbt" else ("--json",)
    answer = sbdk(*words, *options, cwd=tmp_path)
    assert answer.code == 2
    assert "sbdk init" in answer.err
    assert not options or answer.object["error"]["code"] == "no_project"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_arguments(words: tuple[str, ...], built_once: Shop) -> None:
    before = everything(built_once.path)
    refused(built_once.sbdk(*words, "--json"))
    assert everything(built_once.path) == before


@pytest.mark.parametrize("words", BEFORE_A_RUN, ids=" ".join)
def test_before_the_first_run(words: tuple[str, ...], tiny_once: Shop) -> None:
    error = refused(tiny_once.sbdk(*words, "--json"))
    assert "nothing was" in error["message"] or "no build was kept" in error["message"]
    assert "sbdk dev" in error["hint"]


def test_before_the_first_run_there_is_nothing_to_be_ill(tiny_once: Shop) -> None:
    assert tiny_once.sbdk("runs", "--json").object == {"runs": []}
    answer = tiny_once.sbdk("doctor", "--json")
    assert answer.code == 0
    assert answer.object["healthy"]


def test_verbose_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in sbdk("dev", "--verbose", cwd=tmp_path).err


def test_an_unknown_variable_is_a_warning_on_standard_error(tiny_built_once: Shop) -> None:
    answer = tiny_built_once.sbdk("query", "select 1 as one", "--json", SBDK_SEEED="3")
    assert answer.object == [{"one": 1}]
    assert "did you mean SBDK_SEED?" in answer.err


def test_a_closed_pipe_is_no_news(tiny_built_once: Shop) -> None:
    command = f"'{sys.executable}' -m sbdk query 'select * from range(200000)' --format csv | head -1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tiny_built_once.path, env=command_environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("range\n", "")


@pytest.mark.parametrize(
    "odd",
    [{"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"TERM": "dumb"}],
    ids=["locale", "dumb"],
)
def test_odd_environments(odd: dict[str, str], tiny: Shop) -> None:
    answer = tiny.sbdk("dev", **odd)
    assert answer.code == 0, answer
    assert "raw.things\t5" in answer.out
    answer = tiny.sbdk("query", "select 'é漢' as text", "--json", **odd)
    assert answer.object == [{"text": "é漢"}]


def test_without_a_home_and_with_few_files(tiny: Shop) -> None:
    command = f"unset HOME; ulimit -n 64; '{sys.executable}' -m sbdk dev --json"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tiny.path, env=command_environment(), capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["status"] == "success", done.stderr


def test_a_path_with_blanks_and_a_link_to_it(tiny: Shop, tmp_path: Path) -> None:
    odd = tmp_path / "mein Ordner ü漢"
    tiny.path.rename(odd)
    link = tmp_path / "link"
    link.symlink_to(odd)
    assert Shop(odd).dev()["status"] == "success"
    assert Shop(link).query("select count(*) from doubled") == [(5,)]
    assert Shop(link).sbdk("doctor", "--json").object["healthy"]
