"""A project that an earlier sbdk made (commit a7cdfd0, build records without a format) goes on without starting anew.

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


def test_it_is_up_to_date_and_its_builds_can_be_compared_and_gone_back_to(former: Shop) -> None:
    told = former.dev()
    assert told["status"] == "up_to_date"
    assert told["dbt"] == {
        "models": 13, "tests_passed": 55, "tests_failed": 0, "tests_warned": 0, "models_built": 0, "tests_run": 0
    }  # fmt: skip
    assert {table["name"]: table["rows"] for table in told["tables"] if table["name"] in RAW} == RAW
    assert told["validation"]["overall"] == "PASS"

    runs = {run["run_id"]: run for run in former.sbdk("runs", "--json").object["runs"]}
    assert runs[FAILED]["status"] == "failed"
    assert {run_id for run_id, run in runs.items() if run["current"]} == {LAST}

    found = former.sbdk("diff", FIRST, ADVANCED, "--json").object
    rows = {table["name"]: table["rows"] for table in found["tables"]}
    assert rows["raw.raw_events"]["added"] == 2, "the rows of the second day, found by their declared key"

    answer = former.sbdk("rollback", FIRST, "--json")
    assert (answer.code, answer.object["run_id"]) == (0, FIRST)
    assert "200" in former.sbdk("query", "select count(*) from raw.raw_events").out


def test_an_edit_builds_what_it_touches_and_loads_nothing(former: Shop) -> None:
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
    assert (record["format"], record["parent"]) == (2, LAST)


def test_the_failed_build_is_gone_on_with(former: Shop) -> None:
    told = former.dev("--retry")
    assert statuses(told) == {
        "generate": "skipped", "load": "skipped", "transform": "skipped", "check": "success", "publish": "success"
    }  # fmt: skip
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
