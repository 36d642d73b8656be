"""A rebuild that hangs, forks or floods is ended, all of it; its log shows no secret and has a size."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from sbdk.server.jobs import Runner
from sbdk.server.jobs.job import JobLog
from sbdk.server.store import Store
from support.hub import Hub, builds, delivery, seen_by_build, settings, settled, until
from support.victim import processes_of

TRIALS = int(os.environ.get("SBDK_FAULT_TRIALS", "20"))
KINDS = ["child", "session", "orphan", "deaf"]
CANARY = "canary-5f1d0c9e/+=:@"


def deliver(state: Store, commit: str) -> None:
    asyncio.run(state.accept(delivery(commit)))


def hanging(hub: Hub, version: str, kinds: list[str], **behaviour: object) -> str:
    return hub.commit({
        "version.txt": version,
        "behaviour.json": json.dumps({"start": kinds, "before": 1_000, **behaviour}),
    })  # fmt: skip


def test_a_rebuild_that_hangs_is_ended_with_all_it_started(root: Path, hub: Hub, state: Store) -> None:
    hangs_and_is_ended(root, hub, state, "0")


@pytest.mark.faults
def test_a_rebuild_that_hangs_is_ended_twenty_times(root: Path, hub: Hub, state: Store) -> None:
    """Fault row 55."""
    for trial in range(min(TRIALS, 20)):
        hangs_and_is_ended(root, hub, state, str(trial))


def hangs_and_is_ended(root: Path, hub: Hub, state: Store, trial: str) -> None:
    """Children that stay in the group, leave it, lose their parent, do not listen; and the next job runs."""
    runner = Runner(state, settings(root, hub, seconds=12.0, grace_seconds=0.3))
    runner.start()
    deliver(state, hanging(hub, f"hangs-{trial}", KINDS))
    until(lambda: len(processes_of(root)) >= 6)  # the supervisor, the build, and four that it started
    deliver(state, hub.commit({"version.txt": f"next-{trial}", "behaviour.json": "{}"}))
    hung, after = settled(state)[-2:]
    runner.stop()
    assert (hung.status, after.status) == ("timed_out", "built")
    assert hung.error == "ended after its time limit of 12 s"
    assert processes_of(root) == []
    assert builds(root)[f"next-{trial}"] == 1


def test_a_rebuild_that_ends_leaves_no_process_behind(root: Path, hub: Hub, state: Store) -> None:
    runner = Runner(state, settings(root, hub))
    runner.start()
    deliver(state, hanging(hub, "daemons", KINDS, before=0.3))
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"
    assert processes_of(root) == []


def test_a_build_that_was_published_in_time_is_built_though_it_hung_later(root: Path, hub: Hub, state: Store) -> None:
    runner = Runner(state, settings(root, hub, seconds=10.0, grace_seconds=0.3))
    runner.start()
    deliver(state, hanging(hub, "late", [], before=0, after=1_000))
    (job,) = settled(state)
    runner.stop()
    assert job.status == "built"
    assert processes_of(root) == []


def test_the_build_sees_an_environment_of_its_own(
    root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SBDK_WEBHOOKS__SECRET", CANARY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("PYTHONPATH", str(root))
    lent = {"SHOP_PASSWORD": "lent-by-the-owner", "SBDK_WEBHOOKS__ADMIN_TOKEN": CANARY, "PATH": "/nowhere"}
    runner = Runner(state, settings(root, hub, environment=lent))
    runner.start()
    deliver(state, hub.commit({"version.txt": "v1"}))
    settled(state)
    runner.stop()
    seen = seen_by_build(root)["environment"]
    allowed = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR",
               "SHOP_PASSWORD", "SBDK_DUCKDB_PATH", "WEBHOOK_REBUILD"}  # fmt: skip
    assert set(seen) <= allowed
    assert CANARY not in json.dumps(seen)
    assert seen["SHOP_PASSWORD"] == "lent-by-the-owner"
    assert seen["PATH"] == os.environ["PATH"]
    assert Path(seen["HOME"]).is_relative_to(root / ".sbdk")
    assert seen["SBDK_DUCKDB_PATH"] == str(root / "data" / "dev.duckdb")


def test_a_secret_stands_in_no_file(root: Path, hub: Hub, state: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said by the build, in the repository's URL, lent to a source: three stars in the log, in the record, anywhere."""
    monkeypatch.setattr("sbdk.server.jobs.rebuild.FETCHES", (0.0,))
    token = "tok-en/40"
    say = f"{CANARY}\nhttp://x:{CANARY}@host\ntail {CANARY} lent {'s' * 30}"
    changed = {"secrets": (CANARY,), "environment": {"SHOP_PASSWORD": "s" * 30}}
    runner = Runner(state, settings(root, hub, **changed))
    runner.start()
    deliver(state, hub.commit({"behaviour.json": json.dumps({"say": say, "fail": True})}))
    settled(state)
    runner.stop()
    url = f"https://ada:{token.replace('/', '%2F')}@127.0.0.1:1/shop.git"
    runner = Runner(state, settings(root, hub, repository_url=url, **changed))
    runner.start()
    deliver(state, "a" * 40)
    spoken, unreached = settled(state)
    runner.stop()
    assert (spoken.status, unreached.status) == ("failed", "failed")
    assert "***" in (root / ".sbdk/jobs/1/log.txt").read_text()
    assert "127.0.0.1" in (root / ".sbdk/jobs/2/log.txt").read_text()
    needles = [CANARY.encode(), token.encode(), token.replace("/", "%2F").encode(), b"s" * 30]
    checked_out = root / ".sbdk" / "rebuild" / "project" / "behaviour.json"  # where the test itself wrote it
    files = [path for path in root.rglob("*") if path.is_file() and path not in (checked_out, root / ".sbdk/seen.json")]
    packed = root / ".sbdk" / "rebuild" / "repository" / "objects"
    assert len(files) > 5
    for path in files:
        if not path.is_relative_to(packed):
            assert not [needle for needle in needles if needle in path.read_bytes()], path


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_a_secret_in_pieces_is_seen(size: int, tmp_path: Path) -> None:
    log = JobLog(tmp_path / "log.txt", [CANARY, "multi-line-key-1\nmulti-line-key-2"], 1_000_000)
    text = f"before {CANARY} after\nkey multi-line-key-1\nmulti-line-key-2\nend without newline {CANARY}".encode()
    for start in range(0, len(text), size):
        log.write(text[start : start + size])
    log.close()
    assert (tmp_path / "log.txt").read_text() == "before *** after\nkey ***\n***\nend without newline ***"


def test_a_secret_in_an_endless_line_is_seen(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "log.txt", [CANARY], 10_000_000)
    text = (b"x" * 777 + CANARY.encode()) * 500
    for start in range(0, len(text), 4_099):
        log.write(text[start : start + 4_099])
    log.close()
    assert (tmp_path / "log.txt").read_bytes() == (b"x" * 777 + b"***") * 500


def test_a_log_has_a_size_and_keeps_its_end(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "log.txt", [], 10_000)
    for number in range(100_000):
        log.write(f"line {number}\n".encode())
    log.line("the end")
    assert log.tail(2) == "line 99999\nthe end"
    log.close()
    text = (tmp_path / "log.txt").read_text()
    assert len(text) < 20_000
    assert text.startswith("line 0\nline 1\n")
    assert "bytes are left out" in text
    assert text.endswith("line 99999\nthe end\n")


def test_only_the_latest_logs_are_kept(root: Path, hub: Hub, state: Store) -> None:
    runner = Runner(state, settings(root, hub, keep_logs=2))
    runner.start()
    for number in range(4):
        deliver(state, hub.commit({"version.txt": str(number)}))
        settled(state)
    runner.stop()
    assert sorted(path.name for path in (root / ".sbdk" / "jobs").iterdir()) == ["3", "4"]


def test_a_stop_lets_a_job_end_or_ends_it(root: Path, hub: Hub, state: Store) -> None:
    """What cannot end in time is no failure: it runs at the next start, and the attempt does not count."""
    runner = Runner(state, settings(root, hub, grace_seconds=0.3))
    runner.start()
    deliver(state, hub.commit({"version.txt": "short", "behaviour.json": '{"before": 0.5}'}))
    until(lambda: (root / ".sbdk" / "seen.json").exists())
    runner.stop(10)
    assert state.jobs()[0].status == "built"
    (root / ".sbdk" / "seen.json").unlink()
    runner = Runner(state, settings(root, hub, grace_seconds=0.3))
    runner.start()
    deliver(state, hanging(hub, "long", KINDS))
    until(lambda: (root / ".sbdk" / "seen.json").exists())
    runner.stop(2)  # which returns, while the job would hang for much longer
    assert (state.jobs()[0].status, state.jobs()[0].attempts) == ("interrupted", 0)
    assert processes_of(root) == []
    deliver(state, hub.commit({"version.txt": "newer", "behaviour.json": "{}"}))
    runner = Runner(state, settings(root, hub, seconds=4.0, grace_seconds=0.3))
    runner.start()
    long, newer = settled(state)[-2:]
    runner.stop()
    assert (long.status, long.attempts, newer.status) == ("timed_out", 1, "built")
