"""The formula, in arithmetic; and the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.datasets.retail.grading.grade import views
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore, WindowScore
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.score.card import ScoredWarehouse
from sbdk.score.render.html import html_page

BUCKETS = ("loaded", "quarantined", "duplicate", "late", "held")


def card(**changes: object) -> RetailScorecard:
    expected = dict(zip(BUCKETS, (90, 4, 3, 2, 1), strict=True))
    perfect: dict[str, object] = {
        "defects": [
            DefectScore("sales", "late", 10, 10, 10),
            DefectScore("sales", "duplicate", 4, 4, 4),
            DefectScore("stores", "duplicate", 4, 4, 4),
        ],
        "leaked": {},
        "unfit": 20,
        "false_quarantine": 0,
        "quarantined": 10,
        "scd2": [TableScore("stores", 100, 0)],
        "windows": WindowScore("windows", 100, 0),
        "conservation": [Balance("sales", 100, expected, expected, 0, 0)],
    }
    return RetailScorecard(**{**perfect, **changes})  # type: ignore[arg-type]


def test_without_fault_it_is_100():
    assert (card().score, card().grade, card().findings()) == (100, "A+", [])


@pytest.mark.parametrize(
    ("changes", "score", "grade"),
    [
        # defects: 40 points, half of it by kind; F1 of 5 in 10 found, none false: 2 × 1 × 0.5 / 1.5 = 2/3
        ({"defects": [DefectScore("s", "late", 10, 5, 5), DefectScore("s", "return", 1, 1, 1)]}, 93.3, "B"),
        # the same, and a fifth of it repaired: 1 − 2/3 × 1/5 = 13/15 of 20 points
        ({"defects": [DefectScore("s", "late", 10, 5, 5, 1, 5), DefectScore("s", "return", 1, 1, 1)]}, 82.6, "C"),
        # one of two tables of one of two kinds: a quarter of 40
        (
            {
                "defects": [
                    DefectScore("a", "duplicate", 5, 0, 0),
                    DefectScore("b", "duplicate", 5, 5, 5),
                    DefectScore("a", "late", 5, 5, 5),
                ]
            },
            90.0,
            "B",
        ),
        ({"leaked": {"late": 5}}, 97.5, "B"),  # 5 of 20 that are not for gold: a quarter of 10 points
        ({"leaked": {"late": 500}}, 90.0, "B"),
        ({"false_quarantine": 1}, 99.0, "A"),  # a tenth of 10 points
        ({"scd2": [TableScore("stores", 100, 1)]}, 98.0, "A"),  # 1 % wrong: a tenth of 20 points
        ({"scd2": [TableScore("stores", 100, 10)]}, 80.0, "C"),
        ({"scd2": [TableScore("stores", 100, 900)]}, 80.0, "C"),
        ({"windows": WindowScore("windows", 10**9, 1)}, 99.9, "A"),  # never rounded up
        ({"windows": None}, 100.0, "A+"),
        ({"windows": None, "leaked": {"late": 20}}, 88.8, "C"),  # 80 of 90
    ],
)
def test_each_part_costs_its_share(changes, score, grade):
    assert (card(**changes).score, card(**changes).grade) == (score, grade)


def test_conservation_counts_what_is_elsewhere():
    """3 of 10 special records in the wrong bucket are 6 differences: 6 tenths of 10 points."""
    expected = dict(zip(BUCKETS, (90, 4, 3, 2, 1), strict=True))
    found = dict(zip(BUCKETS, (93, 1, 3, 2, 1), strict=True))
    one = card(conservation=[Balance("sales", 100, found, expected, 0, 0)])
    assert one.score == 94.0
    assert one.conservation[0].holds


SHARES = st.integers(0, 50)


@given(planted=SHARES, hits=SHARES, false=SHARES, wrong=SHARES, leaked=SHARES, accused=st.integers(0, 10))
def test_points_lost_add_up(planted, hits, false, wrong, leaked, accused):
    """100 less what the findings cost is the score, to the tenth that it is cut to."""
    hits = min(hits, planted)
    one = card(
        defects=[DefectScore("sales", "late", planted, hits, hits + false)],
        scd2=[TableScore("stores", 50, wrong)],
        leaked={"late": leaked} if leaked else {},
        false_quarantine=accused,
    )
    lost = sum(finding.points for finding in one.findings())
    assert 0 <= one.score <= 100
    assert one.score == pytest.approx(100 - lost, abs=0.1001)
    assert (one.score == 100) == (lost == 0)


class _Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text += data


EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def test_the_page_needs_nothing_else_and_escapes_what_it_shows():
    first = {"key": EVIL, "sequence": EVIL, "expected": {EVIL: EVIL}, "found": {EVIL: None}}
    one = card(
        defects=[DefectScore(EVIL, EVIL, 2, 1, 1)],
        scd2=[TableScore(EVIL, 9, 1, first)],
        conservation=[Balance(EVIL, 1, dict.fromkeys(BUCKETS, 0), dict.fromkeys(BUCKETS, 0), 1, 0)],
        notes=[EVIL],
    )
    text = html_page(ScoredWarehouse(one, views(one), {EVIL: 5}), project=EVIL)
    page = _Page()
    page.feed(text)
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert page.links == []
    assert re.findall(r"https?://|@import|url\(", text) == []
    assert page.text.count(EVIL) >= 8


def test_the_page_says_what_the_card_says():
    one = card(leaked={"late": 5}, scd2=[TableScore("stores", 100, 1, {"key": 7, "sequence": "2026-01-01", "expected": None, "found": {}})])  # fmt: skip  # noqa: E501
    page = _Page()
    page.feed(html_page(ScoredWarehouse(one, views(one), {"sales": 1234}), project="apparel"))
    for said in (
        "apparel",
        f"{one.score:.1f}",
        one.grade,
        "1,234 of sales",
        "5 late sales",
        "7 at 2026-01-01 should not",
    ):
        assert said in page.text
    perfect = _Page()
    perfect.feed(html_page(ScoredWarehouse(card(), views(card()), {"sales": 1}), project="apparel"))
    assert "Without any fault." in perfect.text
    assert "What cost points" not in perfect.text
