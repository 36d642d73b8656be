"""One run at a time; who waits is told for whom."""

from __future__ import annotations

import json
import os
import signal

import pytest

from sbdk.core.errors import LockHeld
from sbdk.state.lock import ProjectLock
from support.warehouse_oracle import rows


def test_a_second_run_is_refused_and_told_the_holders_pid_and_command(project):
    holder = project.start("hold", "60")
    assert holder.stdout.readline().strip() == "held"
    with pytest.raises(LockHeld) as caught, ProjectLock(project.state, "sbdk dev", timeout=0.3):
        pass
    assert str(holder.pid) in caught.value.message
    assert "sbdk hold" in caught.value.message
    assert caught.value.exit_code == 1
    holder.kill()
    holder.communicate()


def test_who_waits_says_so_and_goes_on_when_the_holder_is_done(project):
    holder = project.start("hold", "1.0")
    assert holder.stdout.readline().strip() == "held"
    said = []
    with ProjectLock(project.state, "sbdk dev", timeout=30, emit=lambda event: said.append(event.text)):
        assert holder.wait(10) == 0
    assert any(f"PID {holder.pid}" in text for text in said)


@pytest.mark.parametrize("trial", range(3))
def test_a_killed_holder_frees_the_lock_at_once(project, trial):
    holder = project.start("hold", "60")
    assert holder.stdout.readline().strip() == "held"
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert (project.state / "lock.json").exists(), "the kill should have left the note behind"
    with ProjectLock(project.state, "sbdk dev", timeout=1.0) as lock:
        assert lock.holder()["pid"] == os.getpid()


def test_a_stale_note_names_nobody(project):
    project.state.mkdir(parents=True)
    holder = project.start("hold", "60")
    assert holder.stdout.readline().strip() == "held"
    note = {"pid": os.getpid(), "started": "1", "command": "sbdk gone", "since": "then"}  # our pid, another start time
    (project.state / "lock.json").write_text(json.dumps(note))
    with pytest.raises(LockHeld, match="another process"), ProjectLock(project.state, "sbdk dev", timeout=0.2):
        pass
    holder.kill()
    holder.communicate()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', "\x00\xff"])
def test_a_broken_note_does_no_harm(project, content):
    project.state.mkdir(parents=True)
    (project.state / "lock.json").write_text(content)
    with ProjectLock(project.state, "sbdk dev", timeout=1.0) as lock:
        assert lock.holder()["command"] == "sbdk dev"


def test_the_lock_is_free_again_after_an_error(project):
    with pytest.raises(ZeroDivisionError), ProjectLock(project.state, "sbdk dev"):
        _ = 1 / 0
    with ProjectLock(project.state, "sbdk dev", timeout=0):
        pass
    assert not (project.state / "lock.json").exists()


def test_eight_runs_at_once_are_all_published_one_after_the_other(project):
    """Serialised by the lock, each adds its row: none lost, none doubled."""
    runs = [project.start("run") for _ in range(8)]
    assert [run.wait(60) for run in runs] == [0] * 8
    for run in runs:
        run.communicate()
    assert rows(project.published) == list(range(8))
    assert len(project.acknowledged()) == 8
