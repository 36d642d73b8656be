"""Parts of a run: what they do, what they leave behind, and how the next run makes up for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.shops import Shop


def statuses(told: dict) -> dict[str, str]:
    return {stage["name"]: stage["status"] for stage in told["stages"]}


@pytest.fixture(scope="module")
def loaded_once(built_once: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, dict]:
    """A project whose pipelines alone ran for a new day, and what that run answered; not to be changed."""
    shop = built_once.copy(tmp_path_factory.mktemp("loaded") / "shop")
    return shop, shop.dev("--pipelines-only", "--advance", "1d")


def test_pipelines_only_publishes_and_marks_every_model_stale(loaded_once: tuple[Shop, dict]) -> None:
    shop, told = loaded_once
    assert statuses(told)["transform"] == "skipped"
    assert "dim_users" in told["stale"]
    assert len(told["stale"]) >= 13
    assert shop.query("select count(*) from raw.raw_events") > [(1_500,)]
    assert shop.query("select count(*) from stg_orders") == [(400,)] or "stg_orders" in told["stale"]


def test_the_next_run_builds_what_is_stale(loaded_once: tuple[Shop, dict], tmp_path: Path) -> None:
    shop = loaded_once[0].copy(tmp_path / "shop")
    told = shop.dev()
    assert told["status"] == "success"
    assert statuses(told) | {"generate": "skipped"} == statuses(told)
    assert told["stale"] == []
    assert shop.query("select count(*) from fct_orders") == shop.query("select count(*) from raw.raw_orders")


def test_dbt_only_loads_nothing(shop: Shop) -> None:
    told = shop.dev("--dbt-only")
    assert statuses(told) == {
        "generate": "skipped", "load": "skipped", "transform": "success", "check": "success", "publish": "success",
    }  # fmt: skip


def test_select_builds_only_what_is_selected(shop: Shop) -> None:
    told = shop.dev("--select", "dim_dates")
    assert told["dbt"]["models"] == 1
    assert told["stale"] == []
    told = shop.dev("--advance", "1d", "--select", "dim_dates")
    assert "dim_dates" not in told["stale"]
    assert "fct_orders" in told["stale"]


def test_both_parts_at_once_is_wrong_usage(shop: Shop) -> None:
    answer = shop.sbdk("dev", "--pipelines-only", "--dbt-only")
    assert answer.code == 2
    assert "exclude each other" in answer.err


def test_an_interval_loaded_twice_changes_nothing(shop: Shop) -> None:
    tables = ["raw.raw_users", "raw.raw_events", "raw.raw_orders", "fct_user_daily_activity", "daily_revenue"]
    before = [sorted(map(repr, shop.query(f"select * from {table}"))) for table in tables]
    for _ in range(2):
        shop.dev("--from", "2025-05-01", "--to", "2025-06-01")
        assert [sorted(map(repr, shop.query(f"select * from {table}"))) for table in tables] == before


def test_a_dry_run_says_why_and_writes_nothing(shop: Shop) -> None:
    shop.write("checks/new.sql", "select 1 where false")
    before = sorted(path for path in shop.path.rglob("*"))
    told = shop.sbdk("dev", "--dry-run", "--advance", "1d", "--json").object
    assert told["clock"] == "2026-01-02T00:00:00"
    assert {action["part"]: action["reason"] for action in told["actions"]}["pipelines/users.py"] == "the clock moves"
    assert sorted(path for path in shop.path.rglob("*")) == before


def test_a_changed_model_leaves_the_pipelines_alone(shop: Shop) -> None:
    shop.write("dbt/models/marts/answer.sql", "select 42 as answer\n")
    told = shop.dev()
    assert statuses(told)["load"] == "skipped"
    assert statuses(told)["transform"] == "success"
    assert shop.query("select answer from answer") == [(42,)]


def test_another_seed_makes_another_world(shop: Shop) -> None:
    before = shop.query("select email from raw.raw_users order by user_id")
    shop.configure(seed=7)
    told = shop.dev()
    after = shop.query("select email from raw.raw_users order by user_id")
    assert len(after) == len(before)
    assert after != before
    assert told["stale"] == []
    assert shop.query("select count(*) from stg_events") == [(1_500,)]


def test_local_files_are_read_again_only_when_they_change(tiny: Shop) -> None:
    tiny.write("landing/one.csv", "id,size\n1,10\n2,20\n")
    tiny.write(
        "pipelines/things.py",
        "import csv, dlt, sbdk\n\n\n"
        '@dlt.resource(name="things", write_disposition="replace")\n'
        "def things():\n"
        '    for path in sbdk.local_files("landing/*.csv"):\n'
        "        with path.open() as file:\n"
        "            yield [{k: int(v) for k, v in row.items()} for row in csv.DictReader(file)]\n",
    )
    assert tiny.dev()["status"] == "success"
    assert tiny.dev()["status"] == "up_to_date"
    tiny.write("landing/two.csv", "id,size\n3,30\n")
    assert tiny.dev()["status"] == "success"
    assert tiny.query("select id, size from doubled order by id") == [(1, 20), (2, 40), (3, 60)]
    (tiny.path / "landing/one.csv").touch()
    assert tiny.dev()["status"] == "up_to_date"


def test_any_other_source_always_runs(tiny: Shop) -> None:
    assert tiny.dev()["status"] == "success"
    assert tiny.dev()["status"] == "success"


def test_the_table_of_a_model_that_is_gone_goes_too(tiny: Shop) -> None:
    model = tiny.write(
        "dbt/models/tripled.sql", "{{ config(materialized='table') }} select 3 * size as size from raw.things"
    )
    tiny.dev()
    assert tiny.query("select count(*) from tripled") == [(5,)]
    model.unlink()
    told = tiny.dev()
    assert [table["name"] for table in told["tables"]] == ["main.doubled", "raw.things"]
    assert tiny.query("select count(*) from duckdb_tables() where table_name = 'tripled'") == [(0,)]


def test_a_path_that_dlt_cannot_load_from_is_refused(tiny: Shop) -> None:
    answer = Shop(tiny.path.rename(tiny.path.parent / "it's mine")).sbdk("dev")
    assert answer.code == 2
    assert "apostrophe" in answer.err
