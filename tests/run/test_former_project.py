"""A project that an earlier sbdk made (commit a7cdfd0, build records without a format) goes on with its history.

Its synthetic tables have an older data version: the next run makes them anew, and all models with them, once.

tests/data/project_a7cdfd0.tar.xz: the template saas with 30 users, made by that version with `dev`, `dev --advance 1d`,
a model edited and `dev`, `rollback`, `dev`, and a `dev` whose check `always_wrong` failed; the check was removed since.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from support.shops import Shop

FORMER = Path(__file__).parent.parent / "data" / "project_a7cdfd0.tar.xz"
FIRST, ADVANCED, EDITED, LAST, FAILED = (
    "20261130T141559-09430e",
    "20261130T141613-e8d811",
    "20261130T141624-9d741b",
    "20261130T141632-c73bf5",
    "20261130T141639-5673d7",
)
RAW = {"raw.raw_users": 31, "raw.raw_events": 202, "raw.raw_orders": 64}


@pytest.fixture
def former(tmp_path: Path) -> Shop:
    with tarfile.open(FORMER) as archive:
        archive.extractall(tmp_path, filter="data")
    return Shop(tmp_path / "shop")


def raw_rows(shop: Shop) -> dict[str, int]:
    return {name: shop.query(f"select count(*) from {name}")[0][0] for name in RAW}


def statuses(told: dict) -> dict[str, str]:
    return {stage["name"]: stage["status"] for stage in told["stages"]}


def test_its_raw_tables_are_made_anew_once_and_its_builds_can_be_compared_and_gone_back_to(former: Shop) -> None:
    cheap_yen = "select count(*) from fct_orders where currency = 'JPY' and (amount < 999 or amount != floor(amount))"
    assert former.query(cheap_yen) == former.query("select count(*) from fct_orders where currency = 'JPY'")
    told = former.dev()
    assert statuses(told) == dict.fromkeys(["generate", "load", "transform", "check", "publish"], "success")
    assert (told["dbt"]["models_built"], told["dbt"]["tests_passed"], told["stale"]) == (13, 55, [])
    assert {table["name"]: table["rows"] for table in told["tables"] if table["name"] in RAW} == RAW
    assert told["validation"]["overall"] == "PASS"
    assert former.query("select count(*) > 0 from fct_orders where currency = 'JPY'") == [(True,)]
    assert former.query(cheap_yen) == [(0,)]
    assert former.dev()["status"] == "up_to_date"

    runs = {run["run_id"]: run for run in former.sbdk("runs", "--json").object["runs"]}
    assert runs[FAILED]["status"] == "failed"
    assert {run_id for run_id, run in runs.items() if run["current"]} == {told["run_id"]}
    assert runs[LAST]["status"] == "success"

    found = former.sbdk("diff", FIRST, ADVANCED, "--json").object
    rows = {table["name"]: table["rows"] for table in found["tables"]}
    assert rows["raw.raw_events"]["added"] == 2, "the rows of the second day, found by their declared key"

    answer = former.sbdk("rollback", FIRST, "--json")
    assert (answer.code, answer.object["run_id"]) == (0, FIRST)
    assert "200" in former.sbdk("query", "select count(*) from raw.raw_events").out


def test_an_edit_builds_what_it_touches_and_loads_nothing(former: Shop) -> None:
    renewed = former.dev()["run_id"]
    model = former.path / "dbt" / "models" / "marts" / "daily_revenue.sql"
    model.write_text(model.read_text() + "\n-- edited\n")
    told = former.dev()
    assert statuses(told) == {
        "generate": "skipped", "load": "skipped", "transform": "success", "check": "success", "publish": "success"
    }  # fmt: skip
    assert told["dbt"]["models_built"] == 1
    assert (told["dbt"]["models"], told["dbt"]["tests_passed"]) == (13, 55)
    assert raw_rows(former) == RAW
    record = json.loads((former.path / ".sbdk" / "builds" / told["run_id"] / "manifest.json").read_text())
    assert (record["format"], record["parent"]) == (2, renewed)


def test_a_failed_build_of_older_data_starts_from_its_sources_at_a_retry(former: Shop) -> None:
    told = former.dev("--retry")
    assert statuses(told) == dict.fromkeys(["generate", "load", "transform", "check", "publish"], "success")
    assert raw_rows(former) == RAW


def test_the_clock_goes_on_from_where_it_stood(former: Shop) -> None:
    told = former.dev("--advance", "1d")
    assert statuses(told)["generate"] == "success"
    assert former.query("select now::date::varchar from _sbdk.clock") == [("2025-12-03",)]
    assert raw_rows(former)["raw.raw_users"] >= RAW["raw.raw_users"]
    assert former.query("select count(*) - count(distinct event_id) from raw.raw_events") == [(0,)]


def test_a_build_of_a_later_version_is_refused_by_name_and_nothing_is_lost(former: Shop) -> None:
    manifest = former.path / ".sbdk" / "builds" / LAST / "manifest.json"
    later = json.dumps({**json.loads(manifest.read_text()), "format": 3})
    manifest.write_text(later)
    answer = former.sbdk("dev", "--json")
    assert answer.code == 1
    error = answer.object["error"]
    assert error["code"] == "newer_format"
    assert "format 3" in error["message"]
    assert "up to 2" in error["message"]
    assert "upgrade sbdk" in error["hint"]
    assert manifest.read_text() == later
    assert answer.object["status"] == "failed"
    found = former.sbdk("doctor", "--json").object
    assert not found["healthy"]
    assert [one["text"] for one in found["findings"] if "format 3" in one["text"]] == [
        f"{manifest}: {error['message']}"
    ]
