"""`sbdk init shop && cd shop && sbdk dev`: what a new user sees, and what a program is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.shops import SMALL, Shop, sbdk

STAGES = ["generate", "load", "transform", "check", "publish"]
FACTS = {"fct_orders", "fct_user_daily_activity", "daily_revenue", "acquisition_funnel"}
MARTS = {"dim_users", "dim_dates", "user_metrics", *FACTS}


@dataclass(frozen=True)
class Runs:
    """One project: what its first run answered, then a run with nothing changed, and the published bytes after each."""

    shop: Shop
    first: dict[str, Any]
    second: dict[str, Any]
    bytes: tuple[bytes, bytes]


@pytest.fixture(scope="module")
def runs(built_once: Shop, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    shop = built_once.copy(tmp_path_factory.mktemp("runs") / "shop")
    first = shop.dev("--full-refresh")
    after_first = shop.published.read_bytes()
    second = shop.dev()
    return Runs(shop, first, second, (after_first, shop.published.read_bytes()))


def test_everything_a_program_needs_is_in_one_object(runs: Runs) -> None:
    told = runs.first
    assert list(told) == [
        "run_id", "status", "seconds", "stages", "tables", "dbt", "validation", "published", "stale", "error",
    ]  # fmt: skip
    assert told["status"] == "success"
    assert [stage["name"] for stage in told["stages"]] == STAGES
    assert {stage["status"] for stage in told["stages"]} == {"success"}
    assert all(stage["peak_mb"] > 10 for stage in told["stages"])
    assert told["stages"][0]["rows_per_second"] > 0
    assert told["published"] == str(runs.shop.published)
    assert told["stale"] == []
    assert told["error"] is None


def test_volumes_are_exact_and_every_mart_is_there(runs: Runs) -> None:
    rows = {table["name"]: table["rows"] for table in runs.second["tables"]}
    assert {name: rows[f"raw.raw_{name}"] for name in SMALL} == SMALL
    assert {f"main.{name}" for name in MARTS} <= set(rows)
    for name, count in rows.items():
        assert runs.shop.query(f"select count(*) from {name}") == [(count,)]


def test_models_and_tests_are_counted_apart(runs: Runs) -> None:
    assert runs.first["dbt"]["models"] >= 13
    assert runs.first["dbt"]["tests_passed"] >= 40
    assert runs.first["dbt"]["tests_failed"] == 0


def test_validation_speaks_of_every_raw_table(runs: Runs) -> None:
    validation = runs.second["validation"]
    assert validation["overall"] == "PASS"
    for name, count in SMALL.items():
        assert validation[f"raw_{name}"] == {
            "total_records": count, "null_ids": 0, "orphaned_records": 0, "data_quality": "PASS",
        }  # fmt: skip


def test_marts_are_found_without_naming_a_schema(shop: Shop) -> None:
    assert shop.query("select count(*) from user_metrics") == [(SMALL["users"],)]
    answer = shop.sbdk("query", "select user_id from user_metrics order by user_id limit 2", "--format", "json")
    assert answer.object == [{"user_id": 1}, {"user_id": 2}]


def test_a_second_run_with_nothing_changed_is_up_to_date(runs: Runs) -> None:
    assert runs.second["status"] == "up_to_date"
    assert {stage["status"] for stage in runs.second["stages"]} == {"skipped"}
    assert runs.second["published"] == str(runs.shop.published)
    assert runs.second["tables"]
    before, after = runs.bytes
    assert after == before


def test_a_project_may_be_moved(shop: Shop, tmp_path: Path) -> None:
    moved = Shop(shop.path.rename(tmp_path / "elsewhere"))
    assert moved.dev()["status"] == "up_to_date"
    assert moved.dev("--advance", "1d")["published"] == str(moved.published)


def test_the_screen_of_a_pipe_is_plain_text(shop: Shop) -> None:
    answer = shop.sbdk("dev", "--full-refresh")
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert "raw.raw_users\t200" in answer.out
    assert answer.err == ""


def test_outside_a_project_it_says_what_to_do(tmp_path: Path) -> None:
    answer = sbdk("dev", cwd=tmp_path)
    assert answer.code == 2
    assert "sbdk init" in answer.err
    assert "Traceback" not in answer.err
    assert list(tmp_path.iterdir()) == []
