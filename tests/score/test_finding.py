"""A finding as text and as JSON, and the harm functions in arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from sbdk.score.card import Scorecard
from sbdk.score.finding import Example, Finding, cell_harm, row_harm

CELL = Finding(
    5.12345, "facts", "doubled", "tax_amount", 1234, Example({"transaction_id": "7"}, right="1.20", found="2.40")
)


class Card(Scorecard):
    weights: ClassVar[Mapping[str, int]] = {"all": 1}
    titles: ClassVar[Mapping[str, str]] = {"all": "All"}

    def __init__(self, *findings: Finding, coverage: float = 100.0) -> None:
        self.notes, self._findings, self._coverage = [], list(findings), coverage

    @property
    def parts(self) -> dict[str, float]:
        return {"all": 1.0}

    @property
    def coverage(self) -> float:
        return self._coverage

    def findings(self) -> list[Finding]:
        return self._findings

    def as_dict(self) -> dict[str, Any]:
        return {"more": 1, "score": "another"}


def test_a_finding_says_where_how_many_an_example_and_the_cause():
    assert CELL.where == "facts.tax_amount"
    assert CELL.text == "1,234 rows wrong: doubled, the first: transaction_id 7, is 2.40, not 1.20"
    assert CELL.as_dict() == {
        "table": "facts",
        "column": "tax_amount",
        "rows": 1234,
        "example": {"key": {"transaction_id": "7"}, "right": "1.20", "found": "2.40"},
        "cause": "doubled",
        "points": 5.1235,
    }
    lost = Finding(1, "facts", "missing", rows=1, example=Example({"transaction_id": None}))
    assert (lost.where, lost.text) == ("facts", "1 row: missing, the first: transaction_id null")
    assert Finding(1, "split", "1 of 2").text == "1 of 2"


@pytest.mark.parametrize(
    ("points", "score", "grade"),
    [
        ((), 100, "A+"),
        ((1e-9,), 99.9, "A"),  # never rounded up
        ((1.25, 0.75), 98.0, "A"),
        ((10.0,), 90.0, "B"),
        ((10 / 3, 10 / 3, 10 / 3), 90.0, "B"),  # the sum is exact but for its last bit
        ((24.95,), 75.0, "C"),
        ((50.0,), 50.0, "D"),
        ((50.01,), 49.9, "F"),
        ((90.0, 90.0), 0.0, "F"),
    ],
)
def test_the_score_is_100_less_all_points(points, score, grade):
    card = Card(*(Finding(each, "a", "b") for each in points))
    assert (card.score, card.grade) == (score, grade)


def test_less_than_the_whole_answer_key_is_never_an_a_plus():
    assert (Card(coverage=62.0).score, Card(coverage=62.0).grade) == (100, "A")
    assert Card(Finding(60, "a", "b"), coverage=62.0).grade == "F"


def test_every_report_has_score_grade_coverage_and_findings():
    report = Card(CELL, coverage=62.0).report()
    assert list(report)[:4] == ["score", "grade", "coverage", "findings"]
    assert (report["score"], report["coverage"], report["findings"]) == (94.8, 62.0, [CELL.as_dict()])
    assert report["more"] == 1


def test_harm_rises_from_a_cell_to_all():
    assert cell_harm(0, 10) == row_harm(0, 0, 10) == cell_harm(0, 0) == row_harm(0, 0, 0) == 0
    assert cell_harm(10, 10) == row_harm(10, 0, 10) == row_harm(0, 99, 10) == row_harm(0, 1, 0) == 1
    assert cell_harm(1, 10) == pytest.approx(0.6 + 0.04)
    assert cell_harm(1, 1000) == pytest.approx(0.6 * 0.1 + 0.0004)
    assert row_harm(5, 0, 10) == pytest.approx(0.5 + 0.25)
    assert row_harm(9, 0, 10) == row_harm(4, 5, 10) == pytest.approx(0.5 + 0.45)
    steps = [0, 1, 2, 10, 100, 199, 200, 500, 900, 1000]
    assert sorted({cell_harm(n, 1000) for n in steps}) == [cell_harm(n, 1000) for n in steps]
    assert sorted({row_harm(n, 0, 1000) for n in steps}) == [row_harm(n, 0, 1000) for n in steps]
