"""kill -9, for real: what was acknowledged is there, every job is run, and each commit is built once."""

from __future__ import annotations

import os
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.hub import Hub, builds, until
from support.victim import Ledger, Victim, finished, jobs_of, processes_of

TRIALS = int(os.environ.get("SBDK_FAULT_TRIALS", "2"))


def test_killed_after_the_answer(root: Path, hub: Hub, tmp_path: Path) -> None:
    killed_after_the_answer(root, hub, tmp_path, range(TRIALS if TRIALS < 4 else 3))


@pytest.mark.faults
def test_killed_after_the_answer_three_hundred_times(root: Path, hub: Hub, tmp_path: Path) -> None:
    """Fault row 53: 300/300 jobs run, each commit built once."""
    killed_after_the_answer(root, hub, tmp_path, range(max(TRIALS, 300)))


def killed_after_the_answer(root: Path, hub: Hub, tmp_path: Path, trials: range) -> None:
    """At U(0, .5 s) after the answer: before the job began, in the fetch, in the build, after it was published."""
    ledger = Ledger(tmp_path / "ledger")
    for trial in trials:
        pause = random.Random(f"kill/{trial}").uniform(0, 0.5)
        files = {"version.txt": f"v{trial}", "behaviour.json": '{"before": 0.05, "after": 0.05, "start": ["session"]}'}
        commit = hub.commit(files)
        life = Victim(root, hub.bare)
        ledger.add("asked", commit)
        life.send(f"delivery-{trial}", commit)
        assert life.answer() == {"id": f"delivery-{trial}", "outcome": "accepted"}
        ledger.add("answered", commit)
        time.sleep(pause)
        life.kill()
        life = Victim(root, hub.bare)
        life.send(f"delivery-{trial}", commit)
        assert life.answer() == {"id": f"delivery-{trial}", "outcome": "duplicate"}
        life.send(f"replayed-{trial}", commit)
        assert life.answer() == {"id": f"replayed-{trial}", "outcome": "known"}
        finished(root, life, trial + 1)
        assert processes_of(root) == []
    answered = [commit for word, commit in ledger.lines() if word == "answered"]
    assert len(answered) == len(trials)
    jobs = jobs_of(root)
    assert {commit: jobs[commit].status for commit in answered} == dict.fromkeys(answered, "built")
    assert builds(root) == {f"v{trial}": 1 for trial in trials}


@pytest.mark.parametrize(
    ("boundary", "attempts"),
    [("job_claimed", 2), ("after_fetch", 2), ("after_checkout", 2), ("before_outcome", 1), ("after_outcome", 1)],
)
def test_killed_at_a_boundary_of_a_job(
    boundary: str, attempts: int, root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random kills rarely meet these. Once it has published the job is done, whether that is on record or not."""
    life = dies_at(boundary, root, hub, monkeypatch)
    commit = hub.commit({"version.txt": "v1"})
    life.send("one", commit)
    assert life.process.wait(timeout=30) == -9, "the failpoint was not reached"
    monkeypatch.undo()
    finished(root, Victim(root, hub.bare), 1)
    job = jobs_of(root)[commit]
    assert (job.status, job.attempts) == ("built", attempts)
    assert builds(root) == {"v1": 1}


@pytest.mark.parametrize(("boundary", "stored"), [("before_commit", False), ("after_commit", True)])
def test_killed_at_a_commit_of_the_state(
    boundary: str, stored: bool, root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer either way; sent again, it is accepted if nothing was stored, and a duplicate if all was."""
    life = dies_at(boundary, root, hub, monkeypatch, repository_url=None)
    life.send("one", "a" * 40)
    assert life.process.wait(timeout=30) == -9
    assert life.answer() is None
    monkeypatch.undo()
    life = Victim(root, hub.bare, repository_url="/nowhere")
    life.send("one", "a" * 40)
    assert life.answer() == {"id": "one", "outcome": "duplicate" if stored else "accepted"}
    life.kill()
    assert set(jobs_of(root)) == {"a" * 40}


def dies_at(boundary: str, root: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> Victim:
    monkeypatch.setenv("SBDK_TEST", "1")
    monkeypatch.setenv("SBDK_FAILPOINT", f"{boundary}:kill")
    return Victim(root, hub.bare, **changed)


def test_killed_while_many_deliver(root: Path, hub: Hub, tmp_path: Path) -> None:
    """Every acknowledged delivery is on record after the kill, and delivered again it says so."""
    generator = random.Random("storm")
    ledger = Ledger(tmp_path / "ledger")
    number = 0
    for _ in range(3):
        life = Victim(root, hub.bare, repository_url="/nowhere")
        stop_at = generator.randrange(5, 200)
        sent = []
        for _ in range(400):
            number += 1
            sent.append(f"d{number}")
            life.send(sent[-1], f"{number:040x}", ref=f"refs/heads/b{number}")
        for _ in range(stop_at):
            answer = life.answer()
            assert answer is not None
            ledger.add(answer["id"])
        life.kill()
        while (answer := life.answer()) is not None:  # what it had said before it died counts, too
            ledger.add(answer["id"])
    life = Victim(root, hub.bare, repository_url="/nowhere")
    acknowledged = [line[0] for line in ledger.lines()]
    assert len(acknowledged) >= 15
    for name in acknowledged:
        life.send(name, f"{int(name[1:]):040x}", ref=f"refs/heads/b{name[1:]}")
        assert life.answer() == {"id": name, "outcome": "duplicate"}
    life.kill()
    kept = {int(commit, 16) for commit in jobs_of(root)}
    assert {int(name[1:]) for name in acknowledged} <= kept


def test_killed_in_a_build_whose_children_do_not_listen(root: Path, hub: Hub) -> None:
    """Nothing of it outlives the server by more than the grace, and nobody starts the server again for that."""
    commit = hub.commit({"behaviour.json": '{"start": ["child", "session", "orphan", "deaf"], "before": 1000}'})
    life = Victim(root, hub.bare, grace_seconds=0.3)
    life.send("one", commit)
    until(lambda: len(processes_of(root)) >= 6)
    life.kill()
    until(lambda: processes_of(root) == [], 10)


def hanging(root: Path) -> int:
    """How many of the processes that hang are there; 0 when one of the others ended while we looked.

    By the end of the code that they run: what starts an orphan has that code in the middle of its own.
    """
    with suppress(psutil.Error):
        commands = [process.cmdline()[-1:] for process in processes_of(root)]  # none when it is just ending
        return sum("".join(last).endswith("time.sleep(1000)") for last in commands)
    return 0


def test_the_next_start_ends_what_was_left(root: Path, hub: Hub) -> None:
    """Server and supervisor killed together: the mark of the processes tells."""
    hangs = {"version.txt": "v1", "behaviour.json": '{"start": ["session", "orphan", "deaf"], "before": 1000}'}
    life = Victim(root, hub.bare, grace_seconds=0.3)
    life.send("one", hub.commit(hangs))
    until(lambda: hanging(root) == 3)
    supervisors = [process for process in processes_of(root) if "supervisor.py" in " ".join(process.cmdline())]
    for process in supervisors:
        process.suspend()
    life.kill()
    for process in supervisors:
        process.kill()
    assert len(processes_of(root)) >= 3
    fixed = hub.commit({"version.txt": "v2", "behaviour.json": "{}"})
    life = Victim(root, hub.bare, grace_seconds=0.3, seconds=4.0)
    life.send("two", fixed)
    finished(root, life, 2)
    assert processes_of(root) == []
    assert [job.status for job in jobs_of(root).values()] == ["built", "timed_out"]


def test_a_job_under_which_the_server_always_dies_is_given_up(root: Path, hub: Hub) -> None:
    commit = hub.commit({"behaviour.json": '{"before": 1000}'})
    seen = root / ".sbdk" / "seen.json"
    for life_number in range(5):
        life = Victim(root, hub.bare, grace_seconds=0.1)
        if life_number == 0:
            life.send("one", commit)
        until(seen.exists)
        life.kill()
        until(lambda: processes_of(root) == [])
        seen.unlink()
    life = Victim(root, hub.bare, grace_seconds=0.1)
    finished(root, life, 1)
    job = jobs_of(root)[commit]
    assert (job.status, job.attempts, job.error) == ("failed", 5, "the server ended 5 times under this job")


def test_terminated(root: Path, hub: Hub) -> None:
    terminated(root, hub, range(2), drain_seconds=3.0)


@pytest.mark.faults
def test_terminated_a_hundred_times(root: Path, hub: Hub) -> None:
    """Fault row 56: in 10 s, exit code 0, nothing lost, nothing left, the log of SQLite folded in."""
    terminated(root, hub, range(min(max(TRIALS, 20), 100)), drain_seconds=10.0)


def terminated(root: Path, hub: Hub, trials: range, drain_seconds: float) -> None:
    for trial in trials:
        pause = random.Random(f"stop/{trial}").uniform(0, 0.6)
        hangs = trial % 4 == 1
        behaviour = '{"before": 1000, "start": ["orphan", "deaf"]}' if hangs else '{"before": 0.1}'
        commit = hub.commit({"version.txt": f"v{trial}", "behaviour.json": behaviour})
        life = Victim(root, hub.bare, grace_seconds=0.3, seconds=30, drain_seconds=drain_seconds)
        life.send(f"d{trial}", commit)
        assert life.answer() == {"id": f"d{trial}", "outcome": "accepted"}
        time.sleep(pause)
        assert life.terminate() == 0  # which waits much less long than the hanging rebuild
        assert processes_of(root) == []
        assert not (root / ".sbdk" / "server.sqlite-wal").exists()
        assert jobs_of(root)[commit].status in (
            ["interrupted", "queued"] if hangs else ["interrupted", "queued", "built"]
        )
    life = Victim(root, hub.bare, grace_seconds=0.3, seconds=5)
    finished(root, life, len(trials))
    statuses = {job.status for job in jobs_of(root).values()}
    assert statuses <= {"built", "timed_out", "superseded"}
    assert all(count == 1 for count in builds(root).values())
