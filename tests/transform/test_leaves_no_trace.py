"""The home folder is never written, and secrets stay out of logs, messages and dbt's own files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sbdk.core.errors import TransformError
from sbdk.transform import run_dbt
from support.tiny_project import FILES, TinyProject

CANARY = "canary-3f9a61c2"
SECRET_MODEL = (
    "{{ config(materialized='table') }}\n"
    "select user_id, '{{ env_var('WAREHOUSE_TOKEN') }}'::int as value from {{ ref('big_orders') }}\n"
)
CHATTY_MODEL = """
import os
def model(dbt, session):
    print("token", os.environ["WAREHOUSE_TOKEN"], flush=True)
    return session.sql("select 1 as x")
"""


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder as dbt likes it, without the variables that keep dbt from writing there."""
    folder = tmp_path / "home"
    (folder / ".dbt").mkdir(parents=True)
    for name in ("DBT_SEND_ANONYMOUS_USAGE_STATS", "DO_NOT_TRACK", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_a_build_writes_neither_the_home_folder_nor_the_project(project: TinyProject, home: Path) -> None:
    before = snapshot(home), snapshot(project.dbt)
    with project.start() as worker:
        assert worker.build(project.database).ok
    assert (snapshot(home), snapshot(project.dbt)) == before


def test_dbt_by_hand_passes_on_output_and_exit_code(
    project: TinyProject, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = project.database
    by_hand = {"python": sys.executable, "dbt_dir": project.dbt, "profiles_dir": project.dbt, "target": "dev"}
    before = snapshot(home), snapshot(project.dbt)
    assert run_dbt(["ls", "--select", "dim_users"], copy, **by_hand) == 0
    assert "tiny.dim_users" in capfd.readouterr().out
    assert run_dbt(["no-such-command"], copy, **by_hand) == 2
    assert capfd.readouterr().err.startswith("Usage: dbt ")
    assert {"dev.duckdb", "logs", "target"} <= set(os.listdir(copy.parent))
    assert (snapshot(home), snapshot(project.dbt)) == before


def test_a_secret_in_a_model_is_nowhere_to_be_found(make_project: Callable[..., TinyProject]) -> None:
    project = make_project(**{"models/dim_users.sql": SECRET_MODEL, "models/chatty.py": CHATTY_MODEL})
    with project.start({"WAREHOUSE_TOKEN": CANARY}) as worker:
        result = worker.build(project.database)
    assert result.error is not None
    assert "***" in result.error.message  # the database's message quotes the value that is no number
    assert CANARY not in repr(result)
    assert "token ***" in project.log.read_text()
    assert files_with(CANARY, project) == []


def test_a_secret_of_the_profile_is_hidden_whatever_its_name(make_project: Callable[..., TinyProject]) -> None:
    profile = FILES["profiles.yml"].replace(
        "threads: 2", "threads: 2, attach: [{path: \"{{ env_var('LAKE_HOUSE') }}\", read_only: true}]"
    )
    project = make_project(**{"profiles.yml": profile})
    with project.start({"LAKE_HOUSE": f"/nowhere/{CANARY}"}) as worker, pytest.raises(TransformError) as caught:
        worker.build(project.database, select=["stg_orders"])
    assert "***" in caught.value.message
    assert CANARY not in caught.value.message
    assert files_with(CANARY, project) == []


def files_with(text: str, project: TinyProject) -> list[Path]:
    paths = [project.log, *project.target.rglob("*"), *project.dbt.rglob("*")]
    return [path for path in paths if path.is_file() and text.encode() in path.read_bytes()]
