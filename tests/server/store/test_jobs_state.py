"""What is acknowledged is kept; what came before is known; of a branch one job runs and the newest waits."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sbdk.core.errors import LockHeld
from sbdk.server.store import (
    Delivery,
    RegisteredProject,
    Store,
    StoreBusy,
    StoreUnavailable,
    UsageEvent,
    changes,
    deliveries,
    writer,
)
from sbdk.server.store import database as database_module
from support.hub import delivery, push

A, B, C = "a" * 40, "b" * 40, "c" * 64


def test_a_delivery_is_accepted_once(state: Store) -> None:
    async def ask() -> list[str]:
        return [
            await state.accept(delivery(A, "one")),
            await state.accept(delivery(A, "one")),
            await state.accept(delivery(B, "one")),  # the same id again, whatever it carries
            await state.accept(delivery(A, "two")),  # the header is not signed: the commit tells
            await state.accept(delivery(A, "three", ref="refs/heads/dev")),
            await state.accept(delivery(A, "four", repository_id=8)),
        ]

    assert asyncio.run(ask()) == ["accepted", "duplicate", "duplicate", "known", "accepted", "accepted"]
    assert len(state.jobs()) == 3


def test_ignored_deliveries_are_on_record(state: Store) -> None:
    async def ask() -> list[str]:
        return [await state.accept(Delivery("p", event)) for event in ("ping", "ping", "push")]

    assert asyncio.run(ask()) == ["ignored", "duplicate", "duplicate"]
    assert state.jobs() == []


def test_of_one_branch_only_the_newest_waits(state: Store) -> None:
    async def ask() -> None:
        await state.accept(delivery(A))
        running = state.claim()
        assert running is not None
        assert running.commit == A
        for commit in (B, C, "d" * 40):
            await state.accept(delivery(commit))

    asyncio.run(ask())
    assert [(job.commit[0], job.status) for job in state.jobs()[::-1]] == [
        ("a", "running"), ("b", "superseded"), ("c", "superseded"), ("d", "queued"),
    ]  # fmt: skip


def test_many_at_once_coalesce_as_one_by_one(state: Store) -> None:
    """All in one commit of the database: the first outcome of each counts, and the last one waits."""
    commits = [f"{number:040x}" for number in range(200)]

    async def ask() -> list[str]:
        pending = [state.accept(delivery(commit, f"{turn}-{commit}")) for turn in "xy" for commit in commits]
        return await asyncio.gather(*pending)

    assert asyncio.run(ask()) == ["accepted"] * 200 + ["known"] * 200
    jobs = state.jobs(1_000)
    assert [job.status for job in jobs] == ["queued", *["superseded"] * 199]
    assert jobs[0].commit == commits[-1]


def test_a_newer_push_takes_the_place_of_the_one_it_supersedes(state: Store) -> None:
    """Or a busy branch would wait behind all others for ever."""

    async def ask() -> None:
        await state.accept(delivery(A, ref="refs/heads/busy"))
        await state.accept(delivery(B, ref="refs/heads/other"))
        await state.accept(delivery(C, ref="refs/heads/busy"))

    asyncio.run(ask())
    turns = [state.claim(), state.claim(), state.claim()]
    assert [job and job.commit for job in turns] == [C, B, None]


def test_an_interrupted_job_runs_again_before_the_newer_one(state: Store) -> None:
    async def ask() -> None:
        await state.accept(delivery(A))
        job = state.claim()
        assert job is not None
        await state.accept(delivery(B))
        state.interrupt(job.id, counts=True)
        await state.accept(delivery(C))

    asyncio.run(ask())
    again, newest = state.claim(), state.claim()
    assert again is not None
    assert newest is not None
    assert (again.commit, again.attempts, newest.commit, newest.attempts) == (A, 2, C, 1)
    assert state.claim() is None


def test_projects(state: Store) -> None:
    async def ask() -> list[object]:
        return [
            await state.register(RegisteredProject("u1", "shop", b"hash")),
            await state.register(RegisteredProject("u1", "shop", b"another")),
            await state.register(RegisteredProject("u1", "store", b"hash")),
            await state.track("u1", [UsageEvent("run", "2026-01-01T00:00:00Z", '{"n": 1}'), UsageEvent("init")]),
        ]

    assert asyncio.run(ask()) == ["created", "same", "conflict", 2]
    assert state.project("u1") == RegisteredProject("u1", "shop", b"hash")
    assert state.project("u2") is None
    assert state.counts()["usage"] == {"events": 2}


def test_all_of_it_outlives_the_server(root: Path) -> None:
    path = root / ".sbdk" / "server.sqlite"
    first = Store(path)
    asyncio.run(first.accept(delivery(A, "one")))
    asyncio.run(first.register(RegisteredProject("u1", "shop", b"hash")))
    first.close()
    assert not path.with_name("server.sqlite-wal").exists()
    second = Store(path)
    assert asyncio.run(second.accept(delivery(A, "one"))) == "duplicate"
    assert second.project("u1") is not None
    assert [job.commit for job in second.jobs()] == [A]
    second.close()


def test_one_server_at_a_time(state: Store) -> None:
    with pytest.raises(LockHeld, match="another server"):
        Store(state.path)


def test_a_damaged_file_is_reported_as_damaged(root: Path) -> None:
    path = root / ".sbdk" / "server.sqlite"
    opened = Store(path)
    asyncio.run(opened.track("u1", [UsageEvent("run", data="x" * 2_000)] * 50))
    opened.close()
    whole = path.read_bytes()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="damaged"):
        Store(path)
    path.write_bytes(whole[:8_192] + b"\xff" * 8_192 + whole[16_384:])
    with pytest.raises(StoreUnavailable, match="damaged") as error:
        Store(path)
    assert error.value.hint
    path.write_bytes(whole)
    Store(path).close()  # the failed attempts have let go of the lock


def test_a_file_of_the_future_is_refused(root: Path) -> None:
    path = root / ".sbdk" / "server.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreUnavailable, match="version 99"):
        Store(path)


def test_a_full_disk_acknowledges_nothing_and_recovers(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own limit on its pages is its full disk: the same error, at the same place."""
    full = True
    connect = database_module.connect

    def small(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if full else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {max(pages, 20)}")
        return connection

    monkeypatch.setattr(writer, "connect", small)
    monkeypatch.setattr(database_module, "connect", small)
    state = Store(root / ".sbdk" / "server.sqlite")
    big = UsageEvent("run", data="x" * 10_000)
    state.check()
    with pytest.raises(StoreUnavailable, match="full"):
        asyncio.run(state.track("u1", [big] * 50))
    assert state.counts()["usage"] == {"events": 0}
    full = False
    assert asyncio.run(state.track("u1", [big] * 50)) == 50
    state.check()
    state.close()


def test_every_change_in_a_failed_commit_gets_the_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a stranger holds: each of the requests gets the error, none is acknowledged."""
    monkeypatch.setattr(database_module, "PATIENCE", 0.05)
    state = Store(root / ".sbdk" / "server.sqlite")
    stranger = sqlite3.connect(state.path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    async def ask() -> list[object]:
        pending = [state.accept(delivery(f"{number:040x}")) for number in range(20)]
        return await asyncio.gather(*pending, return_exceptions=True)

    answers = asyncio.run(ask())
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    with pytest.raises(StoreUnavailable):
        state.check()
    assert state.jobs() == []
    stranger.close()
    assert set(asyncio.run(ask())) == {"accepted"}
    state.check()
    state.close()


def test_no_more_wait_than_the_queue_holds(state: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE", 10)

    async def ask() -> list[object]:
        pending = [state.accept(delivery(f"{number:040x}")) for number in range(500)]
        return await asyncio.gather(*pending, return_exceptions=True)

    answers = asyncio.run(ask())
    accepted, refused = [a for a in answers if a == "accepted"], [a for a in answers if isinstance(a, StoreBusy)]
    assert len(accepted) + len(refused) == 500
    assert refused
    assert len(state.jobs(1_000)) == len(accepted)


def test_the_file_does_not_grow_for_ever(state: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "KEEP", {"deliveries": 30, "commits": 30, "usage": 30})
    monkeypatch.setattr(database_module, "KEEP_JOBS", 20)
    monkeypatch.setattr(database_module, "PRUNE_EVERY", 1)

    async def ask() -> None:
        for number in range(100):
            await state.accept(delivery(f"{number:040x}"))
            if number == 0 and (job := state.claim()):
                state.finish(job.id, "built", run_id="r")
        await state.track("u", [UsageEvent("run")] * 100)

    asyncio.run(ask())
    counts = state.counts()
    assert counts["deliveries"] == {"accepted": 30}
    assert counts["usage"] == {"events": 30}
    assert counts["jobs"] == {"built": 1, "queued": 1, "superseded": 19}
    assert state.last_built(push(A)) == f"{0:040x}"


@pytest.mark.parametrize("query", [changes.NEXT, changes.RUNNING, deliveries.KNOWN])
def test_jobs_to_do_are_found_without_reading_all_jobs(state: Store, query: str) -> None:
    with closing(sqlite3.connect(state.path)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query}", ["[]"] * query.count("?"))]
    assert any("jobs_to_do" in step for step in plan), plan
    assert "SCAN jobs" not in plan
