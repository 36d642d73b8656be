from __future__ import annotations

import pytest

from sbdk.core import format as shown


def test_how_many() -> None:
    assert [shown.count(value) for value in (None, 0, 1_234_567)] == ["–", "0", "1,234,567"]
    assert [shown.plural(number, "row") for number in (0, 1, 2_000)] == ["0 rows", "1 row", "2,000 rows"]


def test_shares_are_cut_so_that_only_all_is_100_percent() -> None:
    shares = (0, 1, 0.9999, 0.0001, 0.123)
    assert [shown.percent(share) for share in shares] == ["0 %", "100 %", "99.9 %", "0 %", "12.3 %"]
    assert [shown.visible_percent(share) for share in shares] == ["0 %", "100 %", "99.9 %", "< 0.1 %", "12.3 %"]


def test_measured_figures() -> None:
    assert [shown.seconds(value) for value in (None, 0.034, 9.99, 12.34, 200)] == [
        "–", "0.03 s", "9.99 s", "12.3 s", "3 min 20 s",
    ]  # fmt: skip
    assert [shown.size(value) for value in (0, 999, 1_000, 13_905_920, 5e12)] == [
        "0 B", "999 B", "1.0 kB", "13.9 MB", "5.0 TB",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"), [(5, "5 bytes"), (1_500, "1.5 kB"), (25_000_000, "25 MB"), (2 * 10**15, "2.0 PB")]
)
def test_estimated_sizes(value: int, words: str) -> None:
    assert shown.rough_size(value) == words


@pytest.mark.parametrize(("value", "words"), [(5.0, "5 seconds"), (90.0, "90 seconds"), (600.0, "10 minutes")])
def test_estimated_times(value: float, words: str) -> None:
    assert shown.rough_seconds(value) == words
