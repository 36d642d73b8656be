"""A run or a rollback killed at any instant: the published file is the old one or a complete new one, and the next run
needs no help. The oracles: bytes hashed before, and a ledger of the publishes that returned."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time

import pytest

from support.warehouse_oracle import rows, sha

BOUNDARIES = ["before_checkpoint", "after_checkpoint", "before_rename", "after_rename"]


def after_the_kill(project, before, count):
    """What must hold after a kill: old or new, whole; a doctor without errors; two more runs that just work."""
    now = rows(project.published)
    if sha(project.published) == before:
        assert now == list(range(count))
    else:
        assert now == list(range(count + 1))
    assert project.warehouse.verify() is not None
    assert not [problem for problem in project.warehouse.diagnose() if problem.severity == "error"]
    for more in (1, 2):
        done = project.child("run")
        assert done.returncode == 0, done.stderr
        assert rows(project.published) == list(range(len(now) + more))
    assert os.listdir(project.published.parent) == ["dev.duckdb"]
    assert not (project.state / "build").exists()
    kept = project.warehouse.builds()
    assert sorted(build.run_id for build in kept) == sorted(os.listdir(project.state / "builds"))
    assert len(kept) <= 5


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("way", ["kill", "killpg"])
def test_a_run_killed_at_a_boundary(project, boundary, way):
    project.run("r0")
    project.run("r1")
    before = sha(project.published)
    done = project.child("run", SBDK_TEST="1", SBDK_FAILPOINT=f"{boundary}:{way}")
    assert done.returncode == -signal.SIGKILL
    assert (sha(project.published) != before) == (boundary == "after_rename")
    assert project.acknowledged() == []
    after_the_kill(project, before, 2)


@pytest.mark.parametrize("boundary", ["before_rename", "after_rename"])
def test_a_rollback_killed_at_a_boundary(project, boundary):
    for number in range(3):
        project.run(f"r{number}")
    earlier = sha(project.warehouse.builds()[1].path)
    before = sha(project.published)
    done = project.child("rollback", SBDK_TEST="1", SBDK_FAILPOINT=f"{boundary}:kill")
    assert done.returncode == -signal.SIGKILL
    expected, number = (earlier, 2) if boundary == "after_rename" else (before, 3)
    assert sha(project.published) == expected
    assert project.warehouse.verify().run_id == f"r{number - 1}"
    after_the_kill(project, expected, number)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_the_very_first_run_killed(project, boundary):
    done = project.child("run", SBDK_TEST="1", SBDK_FAILPOINT=f"{boundary}:kill")
    assert done.returncode == -signal.SIGKILL
    assert project.published.exists() == (boundary == "after_rename")
    assert project.child("run").returncode == 0
    assert rows(project.published) == ([0, 1] if boundary == "after_rename" else [0])


def killed_at_random(project, seed):
    """One trial on a copy-free project: kill the group after a random share of a run's time."""
    before, count = sha(project.published), len(rows(project.published))
    process = project.start("run")
    time.sleep(random.Random(seed).uniform(0.15, 0.8))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    acknowledged = len(project.acknowledged())
    after_the_kill(project, before, count)
    return acknowledged


@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_at_random(project, seed):
    project.run("r0")
    killed_at_random(project, seed)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_three_hundred_runs_killed_at_random(project):
    project.run("r0")
    for seed in range(300):
        killed_at_random(project, seed)


SYSCALLS = "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,fsync,fdatasync,ftruncate"


def killed_at_system_call(project, number, action):
    """Kill at the n-th call that changes a folder or syncs; False when the run made fewer of them."""
    strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={SYSCALLS}")
    inject = ("-e", f"inject={SYSCALLS}:signal=SIGKILL:when={number}")
    return project.child(action, prefix=(*strace, *inject)).returncode != 0


def sweep(project, action, numbers):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed, so no system call can be chosen to be killed at")
    for number in numbers:
        before, count = sha(project.published), len(rows(project.published))
        if not killed_at_system_call(project, number, action):
            return number
        if action == "rollback":
            assert project.warehouse.verify() is not None
            assert project.child("run").returncode == 0
        else:
            after_the_kill(project, before, count)
    return None


def test_a_run_killed_at_chosen_system_calls(project):
    project.run("r0")
    project.run("r1")
    sweep(project, "run", (2, 9, 14, 19))


@pytest.mark.faults
@pytest.mark.parametrize("action", ["run", "rollback"])
@pytest.mark.timeout(1800)
def test_killed_at_every_system_call_that_changes_a_folder_or_syncs(project, action):
    for number in range(3):
        project.run(f"r{number}")
    assert sweep(project, action, range(1, 200)) is not None, "the sweep should reach the end of a run"


def test_a_live_orphan_of_the_build_is_ended_by_the_next_run(project):
    project.run("r0")
    dying = project.start("orphan")
    worker = int(dying.stdout.readline())
    dying.communicate()
    os.kill(worker, 0)  # it lives
    project.run("r1")
    assert not alive(worker)
    assert rows(project.published) == [0, 1]


def test_a_process_that_merely_has_the_pid_of_a_dead_worker_is_left_alone(project):
    """Process ids are used again: the one enrolled started at another time."""
    project.run("r0")
    build = project.warehouse.begin("r1")
    bystander = project.start("hold", "60", LOCK_TIMEOUT="5")
    assert bystander.stdout.readline().strip() == "held"
    (build.folder / "workers.jsonl").write_text(f'{{"pid": {bystander.pid}, "started": "12345"}}\n{{"pid": torn')
    project.warehouse.begin("r2")
    assert bystander.poll() is None
    bystander.kill()
    bystander.communicate()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_log_left_in_the_build_folder_is_not_replayed(project):
    """DuckDB would silently replay a dead build's log into the new copy of the same name."""
    project.run("r0")
    build = project.warehouse.begin("r1")
    process = project.start("write")  # makes a real log, on the published file; moved to where a dead build left it
    assert process.stdout.readline().strip() == "open"
    process.kill()
    process.communicate()
    os.rename(f"{project.published}.wal", f"{build.path}.wal")
    project.run("r2")
    assert rows(project.published) == [0, 1]
    with project.warehouse.reader() as connection:
        assert "by_hand" not in {table.name for table in connection.tables()}
