"""The page in a browser that has no network: every chart is drawn, and drawn right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbdk.report.number_format import formatted
from sbdk.targets.base import QueryFunction
from support.drawing import chart, page, part, wait_until

Look = Callable[..., Any]

NASTY = "<img src=x onerror=window.hurt=1></script><script>window.hurt=1</script>"
UNITS = "select day, sum(units) as units from sales group by day order by day"
SHOPS = "select day, shop, units from sales order by day, shop"
ENDS = "select shop, avg(units) as mean, min(units)::double as low, max(units)::double as high from sales group by shop"
WIDE = "select range::int as k, k * 2 as a, k * 3 as b, k as low, k * 4 as high from range(1, 9)"
CHARTS = {
    "line": chart(sql=UNITS),
    "lines": chart(sql=SHOPS, colour="shop", y="units", dashed="south"),
    "wide": chart(sql=WIDE, mark="line", y=["a", "b"], low="low", high="high", dashed="b"),
    "area": chart(sql=SHOPS, mark="area", y="units", colour="shop"),
    "area_share": chart(sql=SHOPS, mark="area", y="units", colour="shop", stack="share"),
    "bar_days": chart(sql=SHOPS, mark="bar", y="units", colour="shop"),
    "bar_across": chart(sql="select shop, sum(units) as units from sales group by 1 order by 1", x="units", y="shop"),
    "bar_share": chart(sql=SHOPS, mark="bar", x="units", y="day", colour="shop", stack="share"),
    "bar_numbers": chart(sql="select 3 as k, 1 as n union all select 1, 2 order by 1", mark="bar"),
    "dot": chart(sql="select n, n * n as square from numbers where n < 50", mark="dot", reference={"at": 100}),
    "interval": chart(sql=ENDS, mark="interval", x="mean", y="shop", low="low", high="high", reference={"at": 0}),
    "histogram": chart(sql="select n from numbers", mark="histogram", format="dollars"),
    "cell": chart(sql="select day, shop, units / 40 as full from sales", mark="cell", format="percent"),
    "hours": chart(sql="select timestamp '2026-01-01 10:00:00' + to_hours(range::int) as t, range as n from range(30)"),
    "forecast": chart(sql=UNITS, reference={"at": "2026-01-02", "text": "from here a forecast"}),
    "below_zero": chart(sql="select 'a' as k, -5 as n union all select null, 7 order by 2", x="n", y="k"),
    "one": chart(sql="select date '2026-01-01' as day, 5 as n"),
    "nulls": chart(sql="select day, score from sales"),
    "words": chart(sql="select repeat('long name ', 30) as name, 1e9 as n", x="n", y="name", format="dollars"),
    "nasty": chart(NASTY, sql=f"select '{NASTY}' as \"{NASTY}\", 1 as n, '{NASTY}' as c", colour="c", text=NASTY),
}  # fmt: skip


def test_every_mark_is_drawn(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    opened = look(page(tmp_path, part(query, *CHARTS.values())))
    drawn = opened.evaluate(
        "[...document.querySelectorAll('[data-chart]')].map(one => one.querySelectorAll('svg').length)"
    )
    assert dict(zip(CHARTS, drawn, strict=True)) == dict.fromkeys(CHARTS, 1)
    svgs = opened.locator("[data-chart] svg")
    assert min(svgs.nth(at).locator("rect, path, circle").count() for at in range(svgs.count())) > 0
    for at in range(svgs.count()):  # and each can be pointed at
        svgs.nth(at).hover()
    assert opened.evaluate("window.hurt") is None
    assert opened.locator("img").count() == 0


def test_a_bar_is_as_long_as_its_value(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    """south sold 20, north 80."""
    opened = look(page(tmp_path, part(query, CHARTS["bar_across"])))
    widths = opened.evaluate("[...document.querySelectorAll('g[aria-label=bar] rect')].map(one => one.getBBox().width)")
    assert widths[0] / widths[1] == pytest.approx(4, rel=1e-3)
    labels = opened.locator("g[aria-label=text] text").all_text_contents()
    assert labels == ["80", "20"]


def test_a_bar_below_zero_goes_the_other_way_and_null_is_a_category(
    query: QueryFunction, tmp_path: Path, look: Look
) -> None:
    opened = look(page(tmp_path, part(query, CHARTS["below_zero"])))
    bars = opened.evaluate(
        "[...document.querySelectorAll('g[aria-label=bar] rect')].map(one => [one.getBBox().x, one.getBBox().width])"
    )
    (left, negative), (middle, positive) = bars
    assert left + negative == pytest.approx(middle)
    assert positive / negative == pytest.approx(7 / 5, rel=1e-3)
    assert opened.locator("g[aria-label='y-axis tick label'] text").all_text_contents() == ["a", "–"]


def test_stacked_days_end_at_their_sum(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    """30, 30 and 40 units: the tops of the three days."""
    opened = look(page(tmp_path, part(query, CHARTS["bar_days"])))
    heights = opened.evaluate("""() => {
        const days = new Map();
        for (const one of document.querySelectorAll('g[aria-label=rect] rect')) {
            const {x, height} = one.getBBox();
            days.set(Math.round(x), (days.get(Math.round(x)) ?? 0) + height);
        }
        return [...days.values()];
    }""")
    assert [height / heights[2] for height in heights] == pytest.approx([0.75, 0.75, 1], rel=1e-2)


def test_the_label_of_an_axis_is_clear_of_its_figures(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    sql = "select shop, 0.024 + avg(units) / 2500 as click_through from sales group by shop"
    looks = {"y": "shop", "x": "click_through", "format": "percent"}
    kinds = [
        chart(sql=sql, mark="dot", **looks),
        chart(sql=ENDS, mark="interval", x="mean", y="shop", low="low", high="high"),
    ]
    opened = look(page(tmp_path, part(query, *kinds)))
    boxes = "[...one.querySelectorAll('svg text')].map(text => text.getBoundingClientRect())"
    hit = "(a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom"
    found = opened.evaluate(
        f"""[...document.querySelectorAll('[data-chart]')].map(one => {{
            const boxes = {boxes}, hit = {hit};
            return boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => hit(a, b))).length; }})"""
    )
    assert found == [0, 0]


def test_an_interval_stands_where_its_numbers_are(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    """north: mean 26.67 of 10 to 40; the dot divides its line at five ninths."""
    opened = look(page(tmp_path, part(query, CHARTS["interval"])))
    found = opened.evaluate("""() => {
        const of = (kind) => [...document.querySelectorAll(kind)].map(one => one.getBoundingClientRect());
        const lines = of('g[aria-label=rule] line').filter(one => one.width > one.height);
        const dots = of('g[aria-label=dot] circle');
        return [lines[0].left, lines[0].right, dots[0].left + dots[0].width / 2];
    }""")
    left, right, dot = found
    assert (dot - left) / (right - left) == pytest.approx((80 / 3 - 10) / 30, abs=0.01)


def test_a_tooltip_shows_the_value(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    opened = look(page(tmp_path, part(query, CHARTS["bar_across"])))
    opened.locator("g[aria-label=bar] rect").first.hover()
    tip = opened.locator("g[aria-label=tip]").text_content()
    assert "north" in tip
    assert "80" in tip


def test_numbers_read_the_same_in_the_table_and_in_the_drawing(
    query: QueryFunction, tmp_path: Path, look: Look
) -> None:
    values = [0, 1, -1, -0.00001, 0.0042, 0.5, 0.0123456, 3.14159, 99.994, 1234.56, 1e6, -2_500_000.4, 0.07]
    styles = ["number", "percent", "change", "dollars", "euros", "pounds", "days"]
    opened = look(page(tmp_path, part(query, CHARTS["line"])))
    script = f"{json.dumps(styles)}.map(style => {json.dumps(values)}.map(value => sbdkCharts.formatted(value, style)))"
    assert opened.evaluate(script) == [[formatted(value, style) for value in values] for style in styles]  # type: ignore[arg-type]


def test_light_and_dark_follow_the_system_until_one_is_chosen(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    path = page(tmp_path, part(query, CHARTS["line"]))
    colour = "getComputedStyle(document.body).backgroundColor"
    light = look(path, color_scheme="light").evaluate(colour)
    opened = look(path, color_scheme="dark")
    assert opened.evaluate(colour) != light
    opened.get_by_role("button", name="Light").click()
    assert opened.evaluate(colour) == light
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.evaluate("getComputedStyle(document.querySelector('.theme')).display") == "none"


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_nothing_is_wider_than_the_screen(width: int, query: QueryFunction, tmp_path: Path, look: Look) -> None:
    opened = look(page(tmp_path, part(query, *CHARTS.values())), viewport={"width": width, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.set_viewport_size({"width": width - 40, "height": 800})
    wait_until(opened, "[...document.querySelectorAll('.canvas')].every(one => one.scrollWidth <= one.clientWidth)")


def test_without_javascript_the_tables_are_there(query: QueryFunction, tmp_path: Path, look: Look) -> None:
    opened = look(page(tmp_path, part(query, CHARTS["line"])), java_script_enabled=False)
    opened.locator("summary").click()
    assert re.findall(r"\d{4}-\d\d-\d\d\s+\d+", opened.locator("table").inner_text()) == [
        "2026-01-01\t30", "2026-01-02\t30", "2026-01-03\t40",
    ]  # fmt: skip
    assert "Without JavaScript" in opened.locator("main").inner_text()
