"""Which commits are built, from a real repository: each once, the newest last, nothing that is not on the branch."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from pathlib import Path

import pytest

from sbdk.core.events import Noted, RunEvent
from sbdk.server.jobs import Runner
from sbdk.server.store import Store
from sbdk.state.lock import ProjectLock
from support.hub import Hub, builds, delivery, git, seen_by_build, settings, settled, until


def deliver(state: Store, *commits: str) -> list[str]:
    async def ask() -> list[str]:
        return [await state.accept(delivery(commit)) for commit in commits]

    return asyncio.run(ask())


def test_a_push_is_built(root: Path, hub: Hub, state: Store) -> None:
    noted: list[RunEvent] = []
    runner = Runner(state, settings(root, hub, target="prod"), emit=noted.append)
    runner.start()
    commit = hub.commit({"version.txt": "v1", "models/a.sql": "select 1"})
    assert deliver(state, commit) == ["accepted"]
    (job,) = settled(state)
    runner.stop()
    assert (job.status, job.attempts, job.error) == ("built", 1, None)
    assert job.run_id
    assert builds(root) == {"v1": 1}
    seen = seen_by_build(root)
    assert seen["files"] == [".sbdk", "models", "sbdk_config.json", "version.txt"]
    assert seen["arguments"] == ["--target", "prod"]
    assert [event.stage for event in noted if isinstance(event, Noted)] == ["rebuild", "rebuild"]
    assert len(noted) == 2
    assert job.log
    assert "building" in (root / job.log).read_text()


def test_the_folder_is_clean_for_each_commit(root: Path, hub: Hub, state: Store) -> None:
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "v1", "models/old.sql": "select 1"}))
    settled(state)
    (root / ".sbdk" / "rebuild" / "project" / "left-behind.txt").write_text("by a model")
    (hub.work / "models" / "old.sql").unlink()
    deliver(state, hub.commit({"version.txt": "v2"}))
    settled(state)
    runner.stop()
    assert seen_by_build(root)["files"] == [".sbdk", "sbdk_config.json", "version.txt"]
    assert builds(root) == {"v1": 1, "v2": 1}


def test_five_hundred_pushes_while_one_is_built_are_two_builds(root: Path, hub: Hub, state: Store) -> None:
    """Fault row 54, but for HTTP: at most one runs and one waits."""
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "v0", "behaviour.json": '{"before": 1}'}))
    until(lambda: state.counts()["jobs"].get("running"))
    commits = [hub.commit({"version.txt": f"v{number}"}, push=False) for number in range(1, 20)]
    invented = [f"{number:040x}" for number in range(500 - len(commits))]
    hub.push()
    many = [*invented, *commits]

    async def ask() -> list[str]:
        return await asyncio.gather(*(state.accept(delivery(commit)) for commit in many))

    assert asyncio.run(ask()) == ["accepted"] * 500
    jobs = settled(state)
    runner.stop()
    assert builds(root) == {"v0": 1, "v19": 1}
    assert [job.status for job in jobs].count("superseded") == 499


def test_an_older_commit_that_arrives_late_is_not_built(root: Path, hub: Hub, state: Store) -> None:
    older = hub.commit({"version.txt": "older"})
    newer = hub.commit({"version.txt": "newer"})
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, newer)
    settled(state)
    deliver(state, older)
    late = settled(state)[-1]
    runner.stop()
    assert (late.commit, late.status) == (older, "skipped")
    assert builds(root) == {"newer": 1}


def test_a_branch_that_was_set_back_is_built_as_it_is(root: Path, hub: Hub, state: Store) -> None:
    older = hub.commit({"version.txt": "older"})
    newer = hub.commit({"version.txt": "newer"})
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, newer)
    settled(state)
    git("reset", "--quiet", "--hard", older, cwd=hub.work)
    hub.push()
    deliver(state, older)
    settled(state)
    runner.stop()
    assert builds(root) == {"newer": 1, "older": 1}


def test_a_push_that_is_delivered_before_it_can_be_fetched(
    root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror lags behind; a commit counts as known, so it must not be given up at once."""
    monkeypatch.setattr("sbdk.server.jobs.rebuild.LAG", 1.0)
    early = hub.commit({"version.txt": "early"}, push=False)
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, early)
    log = root / ".sbdk" / "jobs" / "1" / "log.txt"
    until(lambda: log.exists() and "not yet" in log.read_text())
    hub.push()
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"


def test_a_commit_of_another_branch_is_not_built(
    root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a signed push says that it is on the allowed one."""
    monkeypatch.setattr("sbdk.server.jobs.rebuild.LAG", 0.01)
    stranger = hub.commit({"version.txt": "stranger"}, branch="feature")
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, stranger, "0" * 39 + "1")
    jobs = settled(state)
    runner.stop()
    assert [job.status for job in jobs if job.commit == stranger] in (["skipped"], ["superseded"])
    assert jobs[-1].status == "skipped"
    assert not (root / ".sbdk" / "history.sqlite").exists()


def test_a_failed_build_records_why_and_the_next_one_runs(root: Path, hub: Hub, state: Store) -> None:
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "bad", "behaviour.json": '{"fail": true}'}))
    settled(state)
    deliver(state, hub.commit({"version.txt": "good", "behaviour.json": "{}"}))
    bad, good = settled(state)
    runner.stop()
    assert (bad.status, good.status) == ("failed", "built")
    assert bad.error
    assert "the model orders is broken" in bad.error
    assert builds(root) == {"good": 1}


@pytest.mark.parametrize("link", ["/etc/passwd", "../outside", "inside/../../up", "first"])
def test_a_link_out_of_the_repository_is_refused(link: str, root: Path, hub: Hub, state: Store) -> None:
    """Directly, or through another link; one that stays inside is fine."""
    (hub.work / "inside").mkdir()
    if link == "first":
        (hub.work / "inside" / "here").symlink_to("..")
        os.symlink("inside/here/../..", hub.work / "second")
        link = "second/../secret"
    os.symlink(link, hub.work / "models")
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "linked", "inside/a.sql": "select 1"}))
    (job,) = settled(state)
    runner.stop()
    assert job.status == "failed"
    assert job.error
    assert "a link that leads out" in job.error
    assert not (root / ".sbdk" / "history.sqlite").exists()


def test_a_link_inside_the_repository_is_fine(root: Path, hub: Hub, state: Store) -> None:
    os.symlink("shared/models", hub.work / "models")
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "linked", "shared/models/a.sql": "select 1"}))
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"


def test_a_repository_that_brings_its_own_state_does_not_replace_the_servers(
    root: Path, hub: Hub, state: Store
) -> None:
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "v1", ".sbdk/server.sqlite": "mine", ".sbdk/history.sqlite": "mine"}))
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"
    assert builds(root) == {"v1": 1}


@pytest.mark.parametrize(("folder", "status"), [("teams/shop", "built"), ("", "failed"), ("..", "failed")])
def test_the_project_may_lie_in_a_folder(folder: str, status: str, root: Path, hub: Hub, state: Store) -> None:
    (hub.work / "sbdk_config.json").unlink()
    commit = hub.commit({"teams/shop/sbdk_config.json": "{}", "teams/shop/version.txt": "deep"})
    runner = Runner(state, settings(root, hub, folder=folder))
    runner.start()
    deliver(state, commit)
    (job,) = settled(state)
    runner.stop()
    assert job.status == status


@pytest.mark.parametrize("url", ["ext::sh -c touch% {spot}", "--upload-pack=touch {spot}", "fd::7", "/nowhere/at/all"])
def test_a_repository_url_runs_no_command(
    url: str, root: Path, hub: Hub, state: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Configuration, too, can be wrong."""
    monkeypatch.setattr("sbdk.server.jobs.rebuild.FETCHES", (0.0, 0.01))
    spot = tmp_path / "spot"
    runner = Runner(state, settings(root, hub, repository_url=url.format(spot=spot)))
    runner.start()
    deliver(state, "a" * 40)
    (job,) = settled(state)
    runner.stop()
    assert job.status == "failed"
    assert job.error
    assert "could not be fetched" in job.error
    assert not spot.exists()


def test_a_fetch_that_fails_is_tried_again(root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sbdk.server.jobs.rebuild.FETCHES", (0.0, 1.0))
    commit = hub.commit({"version.txt": "v1"})
    away = hub.bare.rename(hub.bare.with_name("away"))
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, commit)
    until(lambda: _again(root))
    away.rename(hub.bare)
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"


def _again(root: Path) -> bool:
    log = root / ".sbdk" / "jobs" / "1" / "log.txt"
    return log.exists() and "once more" in log.read_text()


def test_hooks_and_filters_of_a_repository_do_not_run(root: Path, hub: Hub, state: Store, tmp_path: Path) -> None:
    spot = tmp_path / "spot"
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "v1"}))
    settled(state)
    hooks = root / ".sbdk" / "rebuild" / "repository" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {spot}\n")
        (hooks / name).chmod(0o755)
    deliver(state, hub.commit({"version.txt": "v2", ".gitattributes": "* filter=evil"}))
    assert settled(state)[-1].status == "built"
    runner.stop()
    assert not spot.exists()


def test_a_rebuild_waits_for_a_run_by_hand(root: Path, hub: Hub, state: Store) -> None:
    """However long it takes, within the job's own limit; what waits is no failure."""
    runner = Runner(state, settings(root, hub))
    runner.start()
    with ProjectLock(root / ".sbdk", "sbdk dev --by-hand"):
        deliver(state, hub.commit({"version.txt": "v1"}))
        log = root / ".sbdk" / "jobs" / "1" / "log.txt"
        until(lambda: log.exists() and "waiting for another run" in log.read_text())
        assert state.jobs()[0].status == "running"
        assert not (root / ".sbdk" / "seen.json").exists()
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"


def test_a_stop_takes_effect_whenever_it_comes(root: Path, hub: Hub, state: Store) -> None:
    """Also between the runner's look at its orders and its going to sleep."""
    for trial in range(60):
        runner = Runner(state, settings(root, hub))
        runner.start()
        time.sleep(random.Random(trial).uniform(0, 0.003))
        waiting = threading.Thread(target=runner.stop, daemon=True)
        waiting.start()
        waiting.join(10)
        assert not waiting.is_alive(), trial


def test_a_server_at_rest_does_nothing(root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(state, settings(root, hub))
    looks: list[float] = []
    claim = state.claim
    monkeypatch.setattr(state, "claim", lambda: (looks.append(time.monotonic()), claim())[1])
    runner.start()
    deliver(state, hub.commit({"version.txt": "v1"}))
    settled(state)
    time.sleep(0.3)
    runner.stop()
    assert len(looks) <= 4  # at the start, for the job, after it


@pytest.mark.parametrize("left", ["half made", "locks", "torn"])
def test_what_a_killed_git_leaves_is_no_obstacle(
    left: str, root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sbdk.server.jobs.rebuild.FETCHES", (0.0, 0.0, 0.0))
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hub.commit({"version.txt": "v1"}))
    settled(state)
    repository = root / ".sbdk" / "rebuild" / "repository"
    if left == "half made":
        (repository / "config").unlink()
        (repository / "HEAD").unlink()
    elif left == "torn":
        for path in (repository / "objects").rglob("*"):
            if path.is_file():
                path.chmod(0o600)
                path.write_bytes(b"")
    else:
        for name in ("refs/heads/allowed.lock", "packed-refs.lock", "HEAD.lock", "config.lock", "index.lock"):
            (repository / name).touch()
        (repository.parent / "tmp" / "index.lock").touch()
    deliver(state, hub.commit({"version.txt": "v2"}))
    settled(state)
    runner.stop()
    assert builds(root) == {"v1": 1, "v2": 1}


def test_without_a_repository_nothing_runs(root: Path, state: Store) -> None:
    runner = Runner(state, None)
    runner.start()
    deliver(state, "a" * 40)
    runner.stop()
    assert state.jobs()[0].status == "queued"
