"""The formula, in arithmetic; and the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.datasets.retail.grading.grade import views
from sbdk.datasets.retail.grading.results import Balance, DefectScore, TableScore
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.score.card import ScoredWarehouse
from sbdk.score.finding import Example, Finding
from sbdk.score.render.html import html_page

BUCKETS = ("loaded", "quarantined", "duplicate", "late", "held")


def card(**changes: object) -> RetailScorecard:
    expected = dict(zip(BUCKETS, (90, 4, 3, 2, 1), strict=True))
    perfect: dict[str, object] = {
        "tables": {role: [] for role in ("stores", "facts", "windows")},
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
        "windows": TableScore("windows", 100, 0),
        "conservation": [Balance("sales", 100, expected, expected, 0, 0)],
    }
    return RetailScorecard(**{**perfect, **changes})  # type: ignore[arg-type]


def tables(*points: float) -> dict[str, list[Finding]]:
    """Findings of these points in the windows."""
    return {
        "stores": [],
        "facts": [],
        "windows": [Finding(one, "gold.windows", "doubled", "sales", 1) for one in points],
    }


def test_without_fault_it_is_100():
    assert (card().score, card().grade, card().findings()) == (100, "A+", [])


@pytest.mark.parametrize(
    ("changes", "score", "grade"),
    [
        # defects: 10 points, half of it by kind; F1 of 5 in 10 found, none false: 2 × 1 × 0.5 / 1.5 = 2/3
        ({"defects": [DefectScore("s", "late", 10, 5, 5), DefectScore("s", "return", 1, 1, 1)]}, 98.3, "A"),
        # the same, and a fifth of it repaired: 1 − 2/3 × 1/5 = 13/15 of 5 points
        ({"defects": [DefectScore("s", "late", 10, 5, 5, 1, 5), DefectScore("s", "return", 1, 1, 1)]}, 95.6, "B"),
        # one of two tables of one of two kinds: a quarter of 10
        (
            {
                "defects": [
                    DefectScore("a", "duplicate", 5, 0, 0),
                    DefectScore("b", "duplicate", 5, 5, 5),
                    DefectScore("a", "late", 5, 5, 5),
                ]
            },
            97.5,
            "B",
        ),
        ({"tables": tables(1e-6)}, 99.9, "A"),  # never rounded up
        ({"tables": tables(3.0, 4.5)}, 92.5, "B"),
        ({"tables": tables(20.0)}, 80.0, "C"),
        ({"tables": tables(20.0), "covered": 80.0}, 75.0, "C"),  # what is graded costs the more, the less that is
        ({"covered": 62.0}, 100.0, "A"),
        ({"tables": tables(20.0), "covered": 20.0}, 0.0, "F"),
        # these show more of the same faults, and cost nothing themselves
        ({"leaked": {"late": 5}, "false_quarantine": 1, "windows": None}, 100.0, "A+"),
    ],
)
def test_each_finding_costs_its_points(changes, score, grade):
    assert (card(**changes).score, card(**changes).grade) == (score, grade)


def test_a_part_is_the_share_of_its_points_that_is_kept():
    one = card(tables=tables(5.0, 5.0))
    assert one.parts == {"histories": 1, "facts": 1, "sums": 0.5, "defects": 1}
    assert one.shares == {"histories": 84, "facts": 20, "sums": 80, "defects": 10}


SHARES = st.integers(0, 50)


@given(planted=SHARES, hits=SHARES, false=SHARES, wrong=st.floats(0, 20), covered=st.floats(1, 100))
def test_points_lost_add_up(planted, hits, false, wrong, covered):
    """100 less what the findings cost is the score, to the tenth that it is cut to."""
    hits = min(hits, planted)
    one = card(
        defects=[DefectScore("sales", "late", planted, hits, hits + false)],
        tables=tables(wrong) if wrong else {},
        covered=covered,
    )
    lost = sum(finding.points for finding in one.findings())
    assert one.score == pytest.approx(max(0, 100 - lost), abs=0.1001)
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
        tables={"stores": [Finding(1, EVIL, EVIL, EVIL, 1, Example({EVIL: EVIL}, EVIL, EVIL))]},
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
    wrong = Finding(2.5, "gold.facts", "doubled", "tax", 1200, Example({"transaction_id": "7"}, "1", "2"))
    one = card(
        tables={"facts": [wrong]},
        scd2=[TableScore("stores", 100, 1, {"key": 7, "sequence": "2026-01-01", "expected": None, "found": {}})],
        covered=50.0,
    )
    page = _Page()
    page.feed(html_page(ScoredWarehouse(one, views(one), {"sales": 1234}), project="apparel"))
    for said in (
        "apparel",
        f"{one.score:.1f}",
        one.grade,
        "1,234 of sales",
        "−5.00",
        "gold.facts.tax",
        "1,200 rows wrong: doubled, the first: transaction_id 7, is 2, not 1",
        "7 at 2026-01-01 should not",
        "50.0 % of the answer key is graded",
        "Score = 100 less the points of all findings",
    ):
        assert said in page.text
    perfect = _Page()
    perfect.feed(html_page(ScoredWarehouse(card(), views(card()), {"sales": 1}), project="apparel"))
    assert "Without any fault." in perfect.text
    assert "What cost points" not in perfect.text
