"""The dbt materialization makes the same tables, from the same SQL, and leaves them as they were when it is stopped."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from sbdk.cdc import apply_changes_into
from sbdk.transform import Worker
from support.changes_oracle import Event, Rules, table
from support.feeds import arrow, event, options
from support.scd_project import ScdProject

FEED = [
    event(1, 1, "upsert", ("a", 1)),
    event(2, 2, "upsert", ("a", None)),
    event(1, 4, "upsert", ("b", 1)),
    event(2, 5, "delete", ("a", None)),
    event(1, 6, "upsert", ("b", 1)),
    event(3, 6, "upsert", (None, 2)),
]
LATE = [event(1, 2, "upsert", ("c", 2)), event(2, 9, "upsert", ("a", None))]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScdProject, Worker]]:
    project = ScdProject(tmp_path_factory.mktemp("changes"))
    with project.worker() as worker:
        yield project, worker


def by_python(project: ScdProject, model: str, feed: list[Event], rule: Rules | None = None) -> None:
    """Merge without dbt, into the same tables."""
    with duckdb.connect(str(project.database)) as connection:
        apply_changes_into(connection, model, arrow(feed), **options(rule or Rules(2)))


def history(project: ScdProject, model: str) -> list[tuple[object, ...]]:
    return sorted((row[1:] for row in project.tables(model)[0]), key=repr)


def test_batches_late_events_and_redeliveries_through_dbt(running: tuple[ScdProject, Worker]) -> None:
    project, worker = running
    project.feed("merged", arrow(FEED[:3]))
    assert worker.build(project.database, select=["merged"]).ok
    shuffled = random.Random(1).sample(FEED, len(FEED))
    project.feed("merged", arrow(shuffled + LATE))
    result = worker.build(project.database, select=["merged"])
    assert result.ok
    assert history(project, "merged") == table(FEED + LATE, Rules(2))
    assert result.models[0].message == "inserted 3, closed 2, duplicates 3, ties 0, refused_late 0"
    before = project.tables("merged")
    assert worker.build(project.database, select=["merged"]).ok
    assert project.tables("merged") == before, "a redelivery writes nothing"


def test_dbt_and_python_keep_up_the_same_table(running: tuple[ScdProject, Worker]) -> None:
    project, worker = running
    other = Rules(2, tracked=frozenset({0}))
    by_python(project, "refused", FEED, other)
    before = project.tables("refused")
    project.feed("refused", arrow(FEED + LATE))
    result = worker.build(project.database, select=["refused"])
    assert result.error
    assert "was made with tracked" in str(result.error)
    assert "--full-refresh" in str(result.error)
    assert project.tables("refused") == before, "other rules are refused"
    assert worker.build(project.database, select=["refused"], full_refresh=True).ok
    assert history(project, "refused") == table(FEED + LATE, Rules(2))
    before = project.tables("refused")
    by_python(project, "refused", LATE)
    assert project.tables("refused") == before, "what dbt merged is known to Python"


def test_an_error_before_the_commit_leaves_table_and_log(running: tuple[ScdProject, Worker]) -> None:
    project, worker = running
    by_python(project, "failing", FEED)
    before = project.tables("failing")
    project.feed("failing", arrow(LATE))
    for full_refresh in (False, True):
        result = worker.build(project.database, select=["failing"], full_refresh=full_refresh)
        assert "stopped" in str(result.error)
        assert project.tables("failing") == before


def test_events_without_a_key_stop_the_model(running: tuple[ScdProject, Worker]) -> None:
    project, worker = running
    project.feed("keyless", arrow([*FEED, event(None, 3, "upsert", ("a", 1))]))
    result = worker.build(project.database, select=["keyless"])
    assert "1 of 7 events have no key (id is null)" in str(result.error)
    assert project.tables("keyless") == []


def test_the_model_of_the_page(running: tuple[ScdProject, Worker]) -> None:
    project, worker = running
    days = [datetime(2026, 1, day) for day in (1, 3, 9)]
    names, operations = ["Ann", "Anna", None], ["UPDATE", "UPDATE", "DELETE"]
    feed = {"user_id": [1] * 3, "name": names, "city": ["Rome"] * 3, "operation": operations, "updated_at": days}
    project.feed("user_changes", pa.table(feed))
    result = worker.build(project.database, select=["documented"])
    assert result.ok, result.error
    expected = [(1, "Ann", "Rome", days[0], days[1]), (1, "Anna", "Rome", days[1], days[2])]
    assert history(project, "documented") == expected
    late = {"user_id": [1], "name": ["Bo"], "city": ["Rome"], "operation": ["UPDATE"], "updated_at": [days[1]]}
    project.feed("user_changes", pa.table(late))
    result = worker.build(project.database, select=["documented"])
    assert result.models[0].message == "inserted 0, closed 0, duplicates 0, ties 0, refused_late 1"
    assert history(project, "documented") == expected


def test_a_kill_before_the_commit_leaves_table_and_log(tmp_path: Path) -> None:
    project = ScdProject(tmp_path)
    by_python(project, "slow", FEED)
    before = project.tables("slow")
    project.feed("slow", arrow(LATE))
    project.kill_when_it_says("refused_late", "slow")
    assert project.tables("slow") == before
    by_python(project, "slow", LATE)
    assert history(project, "slow") == table(FEED + LATE, Rules(2))
