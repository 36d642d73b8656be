"""The page as text: one file, no address, the same bytes for the same build, and no value that is anything but text."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

from sbdk import vendored
from sbdk.report import LIBRARIES, Origin, chart_script, default_charts, html_page
from sbdk.report import html as page_module
from sbdk.spec.report import Section
from sbdk.state.record import BuildContents
from sbdk.state.record_parts import CheckOutcome, DbtRecord, NodeState, TableCount
from sbdk.targets.base import ColumnInfo, QueryFunction, TableInfo
from support.drawing import ORIGIN, chart, part

UNITS = "select day, sum(units) as units from sales group by day order by day"
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028&amp;\"'"


class Tags(HTMLParser):
    """Elements with their attributes, and the text of each script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.scripts[-1] += data


def test_the_page_names_project_target_clock_and_run(query: QueryFunction) -> None:
    text = html_page([part(query, chart(sql=UNITS))], ORIGIN)
    for expected in (
        "shop",
        "target dev",
        "clock 2026-01-01 00:00",
        "20260101T000000-abcdef",
        "built 2026-01-01 03:04 UTC",
    ):
        assert expected in text


def test_the_same_build_gives_the_same_bytes(query: QueryFunction) -> None:
    pages = {html_page([part(query, chart(sql=UNITS))], ORIGIN) for _ in range(2)}
    assert len(pages) == 1


def test_nothing_on_the_page_comes_from_elsewhere(query: QueryFunction) -> None:
    tags = Tags(html_page([part(query, chart(sql=UNITS))], ORIGIN))
    sources = [value for _, attributes in tags.found for key, value in attributes.items() if key in ("src", "href")]
    assert sources == ["data:,"]
    assert not [key for _, attributes in tags.found for key in attributes if key.startswith("on")]


def test_only_the_scripts_of_the_page_may_run(query: QueryFunction) -> None:
    tags = Tags(html_page([part(query, chart(sql=UNITS))], ORIGIN))
    policy = next(attributes["content"] for tag, attributes in tags.found if tag == "meta" and "content" in attributes)
    assert policy is not None
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    data, *scripts = tags.scripts
    assert [b64encode(sha256(script.encode()).digest()).decode() for script in scripts] == allowed
    assert len(allowed) == 4
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert json.loads(data)["0"]["rows"][0] == ["2026-01-01", 30]


def test_every_value_is_text_wherever_it_comes_from(query: QueryFunction) -> None:
    quoted = NASTY.replace("'", "''")
    sql = f"""select '{quoted}' as "{NASTY.replace('"', '""')}", 1 as n"""
    shown = [chart(NASTY, text=NASTY, sql=sql, mark=mark) for mark in ("bar", "table", "figures")]
    wrong = chart(sql=f"select '{quoted}'::int")
    origin, plain = Origin(*[NASTY] * 3, None, NASTY), replace(ORIGIN, clock=None)
    tags = Tags(html_page([part(query, *shown, wrong, title=NASTY)], origin))
    clean = Tags(html_page([part(query, *[one.model_copy(update={"title": "a"}) for one in shown], wrong)], plain))
    assert [tag for tag, _ in tags.found] == [tag for tag, _ in clean.found]
    data = json.loads(tags.scripts[0])
    assert data["0"]["rows"] == [[NASTY, 1]]
    assert data["0"]["title"] == NASTY


def test_data_cannot_end_its_script(query: QueryFunction) -> None:
    text = html_page([part(query, chart(sql="select '</script>' as a, 1 as b"))], ORIGIN)
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])["0"]["rows"] == [["</script>", 1]]


def test_the_data_are_there_as_tables_too(query: QueryFunction) -> None:
    text = html_page([part(query, chart(sql=UNITS))], ORIGIN)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", text)
    assert cells == ["2026-01-01", "30", "2026-01-02", "30", "2026-01-03", "40"]


def test_screen_readers_get_a_description_of_each_drawing(query: QueryFunction) -> None:
    text = html_page([part(query, chart("Units by day", sql=UNITS))], ORIGIN)
    assert 'role="img" aria-label="Line chart: Units by day. 3 rows. units from 30 to 40."' in text


def test_a_chart_without_rows_or_with_an_error_shows_that(query: QueryFunction) -> None:
    text = html_page([part(query, chart(sql=UNITS + " limit 0"), chart(sql="select * from gone"))], ORIGIN)
    assert "No rows." in text
    assert "Table with name gone does not exist" in text
    assert "data-chart" not in text.split("<script")[0]


def test_without_pictures_no_library_is_on_the_page(query: QueryFunction) -> None:
    assert len(html_page([part(query, chart(sql=UNITS, mark="table"))], ORIGIN)) < 20_000


def test_the_libraries_are_the_vendored_ones(query: QueryFunction) -> None:
    text = html_page([part(query, chart(sql=UNITS))], ORIGIN)
    for name in LIBRARIES:
        assert vendored.path(name).read_text(encoding="utf-8").strip() in text


def test_an_overview_shows_tables_rows_and_the_run(query: QueryFunction) -> None:
    models = {f"model.shop.m{number}": NodeState("model", "success") for number in range(3)}
    tests = {f"test.shop.t{number}": NodeState("test", "pass") for number in range(8)}
    contents = BuildContents(
        tables=(TableCount("main.sales", 5), TableCount("main.o'brien.x", 10)),
        dbt=DbtRecord(nodes=models | tests),
        checks=(CheckOutcome("none_is_wrong", "pass", 0),),
    )
    columns = tuple(ColumnInfo(name, "INTEGER") for name in ("day", "shop", "units", "score"))
    [section] = default_charts(contents, [TableInfo("main", "sales", "table", columns)])
    pictures = part(query, *section.charts).charts
    assert [one.error for one in pictures] == [None] * 4
    assert pictures[0].rows == [(2, 15, 3, 8, 1)]
    assert pictures[1].rows == [("main", "o'brien.x", 10), ("main", "sales", 5)]
    assert pictures[2].rows == [("main", "o'brien.x", 10, None), ("main", "sales", 5, 4)]
    assert pictures[3].rows == [("none_is_wrong", "pass", 0)]


def test_an_overview_of_nothing(query: QueryFunction) -> None:
    [section] = default_charts(BuildContents())
    assert isinstance(section, Section)
    assert part(query, *section.charts).charts[0].rows == [(0, 0, 0, 0, 0)]


def test_every_script_of_the_charts_is_on_the_page() -> None:
    for path in (Path(page_module.__file__).parent / "charts").glob("*.js"):
        assert path.read_text(encoding="utf-8").strip() in chart_script()
