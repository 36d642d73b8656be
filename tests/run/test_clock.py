"""The clock moves by whole days; many small runs end where one large run ends."""

from __future__ import annotations

import pytest

from support.shops import Shop, make

VOLUME = {"users": 1_000, "events": 6_000, "orders": 2_000}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make(tmp_path_factory.mktemp("clock"), data_volume=VOLUME)
    shop.dev()
    return shop


def test_a_new_day_only_appends(shop: Shop) -> None:
    before = shop.query("select * from raw.raw_events order by event_id")
    shop.dev("--advance", "1d")
    after = shop.query("select * from raw.raw_events order by event_id")
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert shop.query("select now from _sbdk.clock")[0][0].isoformat() == "2026-01-02T00:00:00"


def test_the_clock_survives_a_full_refresh(shop: Shop) -> None:
    shop.dev("--advance", "2d")
    rows = shop.query("select count(*) from raw.raw_events")
    shop.dev("--full-refresh")
    assert shop.query("select now from _sbdk.clock")[0][0].isoformat() == "2026-01-03T00:00:00"
    assert shop.query("select count(*) from raw.raw_events") == rows


def test_another_range_is_another_world_and_the_clock_returns(shop: Shop) -> None:
    shop.dev("--advance", "3d")
    shop.configure(end_date="2025-12-01", start_date="2024-12-01")
    shop.dev()
    assert shop.query("select now from _sbdk.clock")[0][0].isoformat() == "2025-12-01T00:00:00"
    assert shop.query("select count(*) from raw.raw_users") == [(200,)]


def test_a_rollback_takes_the_clock_back(shop: Shop) -> None:
    shop.dev("--advance", "1d")
    assert shop.sbdk("rollback").code == 0
    assert shop.query("select now from _sbdk.clock")[0][0].isoformat() == "2026-01-01T00:00:00"
    shop.dev("--advance", "1d")
    assert shop.query(
        "select count(*), count(distinct event_id) from raw.raw_events where timestamp < '2026-01-01'"
    ) == [(1_500, 1_500)]


def daily_runs_equal_one(started: Shop, tmp_path_factory: pytest.TempPathFactory, days: int) -> None:
    """Every raw table and mart of `days` daily runs, but for load metadata, against one run to the end."""
    many, one = (started.copy(tmp_path_factory.mktemp("copy") / "shop") for _ in range(2))
    for _ in range(days):
        many.dev("--advance", "1d")
    told = one.dev("--advance", f"{days}d")
    for table in told["tables"]:
        assert _rows(many, table["name"]) == _rows(one, table["name"]), table["name"]
        assert table["rows"] > 0


def test_five_daily_runs_equal_one(started: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    daily_runs_equal_one(started, tmp_path_factory, 5)


@pytest.mark.faults
def test_thirty_daily_runs_equal_one(started: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    daily_runs_equal_one(started, tmp_path_factory, 30)


def _rows(shop: Shop, table: str) -> list[str]:
    return sorted(
        repr(row) for row in shop.query(rf"select columns(lambda c: c not like '\_dlt%' escape '\') from {table}")
    )
