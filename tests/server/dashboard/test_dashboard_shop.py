"""The dashboard of projects as `sbdk init` and `sbdk dev` make them: every page, every table, every profile."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from sbdk.project import Project
from support.places import served
from support.shops import Shop, make


@pytest.fixture
def shop(built_once: Shop, tmp_path: Path) -> Shop:
    """A project of `sbdk init` after its first run; elsewhere in this folder `shop` is built by a test itself."""
    return built_once.copy(tmp_path / "shop")


def test_every_table_of_the_saas_project_is_shown_with_its_profile(built_once: Shop) -> None:
    with served(Project(built_once.path)) as client:
        links = [unescape(link) for link in re.findall(r'data-row href="([^"]+)"', client.get("/tables").text)]
        assert len(links) >= 16
        for link in links:
            assert client.get(link).status_code == 200, link
            assert client.get(link.replace("/table?", "/table/profile?")).status_code == 200, link


def test_its_lineage_leads_from_the_pipelines_to_the_marts(built_once: Shop) -> None:
    with served(Project(built_once.path)) as client:
        page = client.get("/lineage").text
        states = client.get("/lineage/states").json()
    edges = set(re.findall(r'data-from="([^"]+)" data-to="([^"]+)"', page))
    assert ("pipeline:orders.py", "raw:raw_orders") in edges
    assert ("raw:raw_orders", "model.shop.stg_orders") in edges
    assert {key for _, key in edges} >= {"model.shop.user_metrics", "model.shop.daily_revenue"}
    assert set(states.values()) == {"ok"}


def test_rows_are_counted_as_duckdb_counts_them(built_once: Shop) -> None:
    (users,) = built_once.query("select count(*) from raw.raw_users")[0]
    with served(Project(built_once.path)) as client:
        assert f"{users:,} rows" in client.get("/table?schema=raw&name=raw_users").text


def test_a_model_that_fails_is_red_and_its_error_is_on_the_first_page(shop: Shop) -> None:
    model = next(shop.path.glob("dbt/models/**/daily_revenue.sql"))
    model.write_text("select nonsense from stg_orders\n")
    assert shop.sbdk("dev").code == 1
    with served(Project(shop.path)) as client:
        states = client.get("/lineage/states").json()
        first = client.get("/").text
    assert [key for key, state in states.items() if state == "failed"] == ["model.shop.daily_revenue"]
    assert "nonsense" in first
    assert "daily_revenue.sql" in first


def test_a_blank_project_shows_what_to_do_before_and_after_its_first_run(tmp_path: Path) -> None:
    blank = make(tmp_path, "empty", "blank")
    with served(Project(blank.path)) as client:
        assert "This project is empty" in client.get("/").text
        blank.dev()
        assert "This project is empty" in client.get("/").text
        assert client.get("/tables").status_code == 200
