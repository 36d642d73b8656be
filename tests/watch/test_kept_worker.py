"""The dbt worker is kept between builds, and replaced when a new one would be another."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from sbdk.project import Project
from sbdk.run import dbt_workers
from sbdk.run.dbt_workers import ReusedPool
from sbdk.run.options import RunOptions
from sbdk.run.result import RunResult
from support.shops import Shop
from support.tiny_shop import FILES

MODEL = "dbt/models/apart.sql"


@pytest.fixture
def workers() -> Iterator[ReusedPool]:
    kept = ReusedPool()
    yield kept
    kept.close()


def build(shop: Shop, workers: ReusedPool, number: int | str) -> RunResult:
    """Edit one model, and build."""
    shop.write(MODEL, FILES[MODEL].replace("7", str(number)))
    return Project(shop.path).run(RunOptions(changes_only=True), workers=workers)


def test_one_process_serves_many_builds_failed_ones_too(shop: Shop, workers: ReusedPool) -> None:
    assert build(shop, workers, 1).status == "success"
    first = workers.pid
    assert build(shop, workers, "nonsense").status == "failed"
    assert build(shop, workers, "{{ nonsense").status == "failed"
    assert build(shop, workers, 2).status == "success"
    assert workers.pid == first
    assert shop.query("select id from apart") == [(2,)]


def test_another_run_does_not_end_the_worker_of_a_failed_build(shop: Shop, workers: ReusedPool) -> None:
    build(shop, workers, "nonsense")
    shop.write(MODEL, FILES[MODEL].replace("7", "3"))
    assert shop.dev()["status"] == "success"
    assert workers.pid is not None
    os.kill(workers.pid, 0)  # raises if it is gone


def test_one_that_died_is_replaced(shop: Shop, workers: ReusedPool) -> None:
    build(shop, workers, 1)
    assert workers.pid is not None
    os.kill(workers.pid, signal.SIGKILL)
    assert build(shop, workers, 2).status == "success"
    assert shop.query("select id from apart") == [(2,)]


def test_another_environment_or_profile_needs_another_worker(
    shop: Shop, workers: ReusedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Project(shop.path).loaded
    keys = [dbt_workers.worker_key(loaded)]
    shop.write(".env", "SOME_SETTING=1\n")
    keys.append(dbt_workers.worker_key(Project(shop.path).loaded))
    monkeypatch.setenv("OTHER_SETTING", "1")
    keys.append(dbt_workers.worker_key(Project(shop.path).loaded))
    profile = shop.path / "dbt/profiles.yml"
    profile.write_text(profile.read_text() + "# another\n")
    keys.append(dbt_workers.worker_key(Project(shop.path).loaded))
    assert all(keys[i] != keys[j] for i in range(4) for j in range(i))


def test_a_variable_that_a_model_asks_for_reaches_it(shop: Shop, workers: ReusedPool) -> None:
    shop.write(".env", "SALT=1\n")
    build(shop, workers, "{{ env_var('SALT') }}")
    assert shop.query("select id from apart") == [(1,)]
    shop.write(".env", "SALT=2\n")
    assert Project(shop.path).run(RunOptions(changes_only=True), workers=workers).status == "success"
    assert shop.query("select id from apart") == [(2,)]


def test_one_that_has_grown_too_large_is_replaced(
    shop: Shop, workers: ReusedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbt_workers, "MAX_MB", 1)
    build(shop, workers, 1)
    assert workers.pid is None
    assert build(shop, workers, 2).status == "success"
