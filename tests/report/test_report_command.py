"""`sbdk report` in real projects: the charts of each template have rows and are drawn; what it says and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbdk.app.report import make_report, write_page
from sbdk.project import Project
from support.drawing import TEMPLATES, new_project
from support.shops import THINGS, Shop

OWN = """title: Mine
charts:
  - title: Sizes
    sql: select id, size from raw.things order by id
    x: id
    y: size
"""
WRONG = """title: Mine
charts:
  - title: Gone
    sql: select a, b from gone
  - title: Fine
    sql: select 1 as a, 2 as b
"""


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A blank project with one small table, after its first run."""
    shop = new_project(tmp_path_factory.mktemp("blank"), "blank")
    shop.write("pipelines/things.py", THINGS)
    shop.dev()
    return shop


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_chart_of_a_template_has_rows_and_is_drawn(
    template: str, built_of: Callable[[str], Shop], tmp_path: Path, look: Callable[..., Any]
) -> None:
    built, path = built_of(template), tmp_path / "page.html"
    answer = built.sbdk("report", "--out", str(path), "--json")
    assert answer.code == 0, answer
    reported = answer.object
    assert reported["declared"]
    assert [one["title"] for one in reported["charts"] if not one["shown"] and one["title"] not in MAY_BE_EMPTY] == []
    opened = look(path, viewport={"width": 1280, "height": 900})
    places, drawings = opened.locator("[data-chart]").count(), opened.locator("[data-chart] svg").count()
    assert places == drawings >= 7
    assert reported["bytes"] == path.stat().st_size < 1_000_000
    assert reported["run_id"] in opened.locator("header").inner_text()


MAY_BE_EMPTY = {"Reorder now", "Dead stock that costs most", "Cover of what sells"}
"""Among forty titles, no book may be short, dead or sold lately."""


def test_a_project_that_declares_nothing_gets_an_overview(things: Shop, look: Callable[..., Any]) -> None:
    answer = things.sbdk("report")
    assert answer.code == 0, answer
    assert answer.out.startswith("3 charts of run ")
    text = look(things.path / "report.html").locator("main").inner_text()
    assert "The project declares no charts yet" in text
    assert "raw" in text


def test_a_chart_of_ones_own_in_six_lines(things: Shop) -> None:
    assert len(OWN.splitlines()) == 6
    path = things.write("report/1.yml", OWN)
    try:
        reported = make_report(Project(things.path)).as_dict()
    finally:
        path.unlink()
    assert [(one["title"], one["mark"], one["rows"], one["error"]) for one in reported["charts"]] == [
        ("Sizes", "bar", 5, None)
    ]


def test_a_wrong_query_is_reported_and_the_rest_is_drawn(things: Shop, tmp_path: Path) -> None:
    path, page = things.write("report/1.yml", WRONG), tmp_path / "x.html"
    try:
        answer = things.sbdk("report", "--json", "--out", str(page))
    finally:
        path.unlink()
    assert answer.code == 1
    gone, fine = answer.object["charts"]
    assert gone["error"]["code"] == "query"
    assert gone["error"]["file"].endswith("report/1.yml")
    assert fine["error"] is None
    assert "report/1.yml: Gone: Catalog Error: Table with name gone does not exist" in answer.err
    assert "Table with name gone does not exist" in page.read_text()


def test_a_wrong_file_is_refused_before_anything_is_written(things: Shop, tmp_path: Path) -> None:
    path, page = things.write("report/1.yml", "title: Mine\nchart: []\n"), tmp_path / "x.html"
    try:
        answer = things.sbdk("report", "--json", "--out", str(page))
    finally:
        path.unlink()
    assert answer.code == 2
    assert answer.object["error"]["message"] == "chart: unknown key"
    assert not page.exists()


def test_before_a_first_run_there_is_nothing_to_draw(tmp_path: Path) -> None:
    shop = new_project(tmp_path, "blank")
    answer = shop.sbdk("report")
    assert (answer.code, answer.out) == (2, "")
    assert "run `sbdk dev` first" in answer.err


@pytest.mark.parametrize(("out", "code"), [("nowhere/x.html", 1), (".", 2)])
def test_a_place_that_cannot_be_written(out: str, code: int, things: Shop) -> None:
    answer = things.sbdk("report", "--out", out)
    assert answer.code == code
    assert "Traceback" not in answer.err


def test_the_page_of_a_build_stays_the_same(things: Shop, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_page(make_report(Project(things.path)), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_without_a_browser_the_page_is_named(things: Shop, tmp_path: Path) -> None:
    answer = things.sbdk("report", "--open", "--out", str(tmp_path / "x.html"), BROWSER="/does/not/exist", PATH="")
    assert answer.code == 0
    assert json.dumps(str(tmp_path / "x.html"))[1:-1] in answer.err
