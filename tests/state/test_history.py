"""Runs are on record whatever became of them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from sbdk.state.history import History, StageRecord, new_run_id


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / ".sbdk")


def test_run_ids_sort_by_time_and_differ():
    early, late = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    assert new_run_id(early).startswith("20260102T030405-")
    assert new_run_id(early) < new_run_id(late)
    assert len({new_run_id(early) for _ in range(100)}) == 100


def test_a_run_with_its_stages_is_read_back(history):
    assert history.runs() == []
    run_id = history.start_run("sbdk dev", target="prod")
    stages = [StageRecord("generate", "success", 1.5, 300, 200.0, 90.5), StageRecord("load", "failed", 0.5)]
    assert history.run(run_id).status == "running"
    history.finish_run(run_id, "failed", seconds=2.0, error={"code": "load", "message": "no"}, stages=stages)
    found = history.run(run_id)
    assert (found.status, found.seconds, found.target, found.published) == ("failed", 2.0, "prod", None)
    assert found.error == {"code": "load", "message": "no"}
    assert found.stages == stages
    assert history.run("nope") is None


def test_a_killed_run_is_shown_as_killed(history):
    code = """if True:
        import os, sys; from pathlib import Path; from sbdk.state.history import History
        print(History(Path(sys.argv[1])).start_run("sbdk dev"), flush=True); os.kill(os.getpid(), 9)"""
    done = subprocess.run([sys.executable, "-c", code, history.path.parent], capture_output=True, text=True)
    run_id = done.stdout.strip()
    assert history.run(run_id).status == "killed"
    assert [run.run_id for run in history.runs()] == [run_id]


@pytest.mark.parametrize("content", [b"", b"not a database" * 500, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_history_is_set_aside_and_does_not_stop_a_run(tmp_path, content):
    said = []
    history = History(tmp_path, emit=lambda event: said.append(event.kind))
    history.path.write_bytes(content)
    run_id = history.start_run("sbdk dev")
    assert [run.run_id for run in history.runs()] == [run_id]
    assert said == (["warning"] if content else [])
    assert bool(os.listdir(tmp_path / "aside") if content else []) == bool(content)
