"""However the rows came in, the warehouse is that of one full refresh of the raw tables that are there in the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from sbdk.transform import Worker
from support.shop_world import DDL, START, Row, Shop, append, set_clock
from support.template_worker import NAME, VARIABLES

DAY = timedelta(days=1)
INTERVAL = {**VARIABLES, "interval_from": "2026-02-03 00:00:00", "interval_to": "2026-02-06 00:00:00"}


def contents(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every model, as sorted multisets."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'main'"
        ).fetchall()
        return {name: sorted(connection.execute(f"from {name}").fetchall(), key=repr) for (name,) in names}


def build(worker: Worker, database: Path, **options: object) -> dict[str, list[tuple[object, ...]]]:
    result = worker.build(database, **options)  # type: ignore[arg-type]
    assert result.ok, result.error
    return contents(database)


def empty(folder: Path) -> Path:
    folder.mkdir()
    with duckdb.connect(str(folder / NAME)) as connection:
        connection.execute(DDL)
    return folder / NAME


def arrive(database: Path, shop: Shop, events: list[Row]) -> None:
    """The users and orders of the shop that are not there yet, these events, and the shop's clock."""
    with duckdb.connect(str(database)) as connection:
        for table, key, rows in (("users", "user_id", shop.users), ("orders", "order_id", shop.orders)):
            known = connection.execute(f"select coalesce(max({key}), 0) from raw.raw_{table}").fetchall()[0][0]
            append(connection, f"raw.raw_{table}", [row for row in rows if row[key] > known])
        append(connection, "raw.raw_events", events)
        set_clock(connection, shop.clock)


def deliveries(shop: Shop, seed: int) -> list[tuple[int, Row]]:
    """(day, event): half of the events come on their own day, half up to three days late, some again, changed."""
    chance = random.Random(seed)
    found = []
    for event in shop.events:
        day = (event["timestamp"] - START).days
        found.append((day + chance.choice([0, 0, 1, 3]), event))
        if chance.random() < 0.05:
            changed = {**event, "timestamp": event["timestamp"] + timedelta(milliseconds=1), "page_url": "/changed"}
            found.append((day + chance.choice([0, 1, 3]), changed))
    return found


def by_days(worker: Worker, folder: Path, shop: Shop, seed: int, stops: list[int]) -> Path:
    """A warehouse that ran at each of these days, with the events that had been delivered until then."""
    database, before = empty(folder), -1
    coming = deliveries(shop, seed)
    for day in stops:
        clock = min(START + (day + 1) * DAY, shop.clock)
        events = [event for delivered, event in coming if before < delivered <= day and event["timestamp"] < clock]
        arrive(database, shop.until(clock), events)
        build(worker, database)
        before = day
    return database


@pytest.mark.parametrize(("seed", "stops"), [(1, [40, 41, 42, 43, 44, 62]), (2, [30, 45, 46, 62])])
def test_daily_runs_with_late_and_doubled_events_equal_a_full_refresh(
    worker: Worker, shop: Shop, tmp_path: Path, seed: int, stops: list[int]
) -> None:
    database = by_days(worker, tmp_path / "daily", shop, seed, stops)
    step_by_step = build(worker, database)
    assert step_by_step["fct_user_daily_activity"]
    assert step_by_step == build(worker, database, full_refresh=True)


def test_a_second_run_changes_nothing(worker: Worker, built: Path, copy_of: Callable[[Path], Path]) -> None:
    database = copy_of(built)
    assert build(worker, database) == contents(built)


def test_events_that_arrive_before_any_order_and_orders_before_any_event(
    worker: Worker, shop: Shop, tmp_path: Path
) -> None:
    database = empty(tmp_path / "events_first")
    arrive(database, Shop(shop.users, [], [], shop.clock), shop.events)
    build(worker, database)
    arrive(database, shop, [])
    assert build(worker, database) == build(worker, database, full_refresh=True)


def mend(database: Path) -> None:
    """Long after, raw events of 3 and 4 February change: a session goes, one moves by an hour, one is new."""
    with duckdb.connect(str(database)) as connection:
        inside = connection.execute(
            """select session_id from raw.raw_events group by session_id
               having min("timestamp") >= '2026-02-03' and max("timestamp") < '2026-02-05' order by session_id"""
        ).fetchall()
        (gone,), (moved,), (copied,) = inside[:3]
        connection.execute("delete from raw.raw_events where session_id = ?", [gone])
        connection.execute(
            """update raw.raw_events set "timestamp" = "timestamp" + interval 1 hour where session_id = ?""", [moved]
        )
        connection.execute(
            """insert into raw.raw_events select * replace (1000000 + event_id as event_id, 1000000 as session_id)
               from raw.raw_events where session_id = ?""",
            [copied],
        )


def test_an_interval_is_made_anew_as_a_full_refresh_would_and_twice_is_harmless(
    worker: Worker, built: Path, copy_of: Callable[[Path], Path]
) -> None:
    database = copy_of(built)
    mend(database)
    once = build(worker, database, vars=INTERVAL)
    twice = build(worker, database, vars=INTERVAL)
    assert once == twice == build(worker, database, full_refresh=True)
    assert once != contents(built)


def test_a_change_older_than_the_look_back_is_told_and_not_overlooked(
    worker: Worker, built: Path, copy_of: Callable[[Path], Path]
) -> None:
    database = copy_of(built)
    mend(database)
    result = worker.build(database)
    assert [test.name for test in result.failed_tests] == ["events_reconcile_with_raw"]
