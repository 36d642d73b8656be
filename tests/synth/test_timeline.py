"""Rows in time order: exact counts, ascending times, the rhythm that was asked for, and a past that does not move."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sbdk.core.errors import UsageError
from sbdk.synth.timeline import Timeline, micros

START, ANCHOR = datetime(2025, 1, 1), datetime(2026, 1, 1)
FLAT = [1] * 168
OFFICE = [65_535 if day < 5 and 9 <= hour < 17 else 6_000 for day in range(7) for hour in range(24)]


def timeline(rows: int, rhythm: Sequence[int] = FLAT, start: datetime = START, anchor: datetime = ANCHOR) -> Timeline:
    return Timeline(start, anchor, rows, rhythm, np.uint64(99))


def times(made: Timeline, start: int, stop: int) -> NDArray[np.int64]:
    return made.times(np.arange(start, stop, dtype=np.uint64))


@given(st.integers(1, 3_000), st.integers(1, 60), st.sampled_from([FLAT, OFFICE]))
@settings(max_examples=40, deadline=None)
def test_exactly_n_rows_lie_before_the_anchor_in_ascending_order(rows: int, days: int, rhythm: list[int]) -> None:
    anchor = START + timedelta(days=days)
    made = timeline(rows, rhythm, anchor=anchor)
    when = times(made, 0, rows + 5)
    assert (np.diff(when) >= 0).all()
    assert (when < micros(anchor)).sum() == rows
    assert when[0] >= micros(START)
    assert made.count(micros(anchor)) == rows


@given(st.integers(1, 2_000), st.integers(-5, 200 * 24))
@settings(max_examples=40, deadline=None)
def test_the_count_at_a_clock_is_the_rows_before_it(rows: int, hours: int) -> None:
    made = timeline(rows, OFFICE, anchor=START + timedelta(days=60))
    clock = micros(START + timedelta(hours=hours))
    assert made.count(clock) == (times(made, 0, 5 * rows + 10) < clock).sum()


def test_the_count_is_right_at_the_very_microsecond_of_a_row() -> None:
    made = timeline(1_000, OFFICE)
    for row, when in enumerate(times(made, 0, 50).tolist()):
        assert made.count(when) == row
        assert made.count(when + 1) == row + 1


def test_a_row_has_its_time_whatever_was_asked_before() -> None:
    far = timeline(500)
    far.count(micros(ANCHOR + timedelta(days=900)))
    assert (times(far, 0, 700) == times(timeline(500), 0, 700)).all()


def test_rows_go_on_at_the_same_rate_after_the_anchor() -> None:
    made = timeline(36_500)
    later = micros(ANCHOR + timedelta(days=10))
    assert abs(made.count(later) - 36_500 - 1_000) <= 2


def test_hours_of_the_week_have_the_shares_of_the_rhythm() -> None:
    made = timeline(200_000, OFFICE, start=datetime(2025, 1, 6), anchor=datetime(2025, 12, 29))  # 51 whole weeks
    hour = (times(made, 0, 200_000) - micros(datetime(2025, 1, 6))) // 3_600_000_000 % 168
    expected = np.array(OFFICE) / sum(OFFICE) * 200_000
    assert stats.chisquare(np.bincount(hour, minlength=168), expected).pvalue > 1e-4


def test_inside_an_hour_times_are_uniform() -> None:
    inside = times(timeline(100_000), 0, 100_000) % 3_600_000_000 / 3_600_000_000
    assert stats.kstest(inside, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("rows", [1, 2, 1_000, 2**31 - 1])
def test_no_row_that_surely_lies_before_a_time_comes_after_it(rows: int) -> None:
    made = timeline(rows, OFFICE)
    asked = np.sort(np.random.default_rng(0).integers(micros(START) - 10**9, micros(ANCHOR) + 10**13, 20_000))
    surely = made.whole_before(asked)
    assert (np.diff(surely) >= 0).all()
    some = surely > 0
    last = made.times((surely[some] - 1).astype(np.uint64))
    assert (last <= asked[some]).all()
    # and hardly any row that lies before is left out: at most the one whose share is still running, and its neighbour
    assert (made.times((surely + 2).astype(np.uint64)) > asked - 2).all()


def test_nothing_arrives_while_nobody_is_present_and_more_when_more_are() -> None:
    def present(when: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.maximum((when - micros(START + timedelta(days=100))) // 86_400_000_000, 0)

    made = Timeline(START, ANCHOR, 10_000, FLAT, np.uint64(99), present)
    day = (times(made, 0, 10_000) - micros(START)) // 86_400_000_000
    assert day.min() >= 100
    # present grows by one a day over 265 days: the first half of them has a quarter of the arrivals
    assert stats.binomtest(int((day < 100 + 132).sum()), 10_000, (132 * 131 / 2) / (265 * 264 / 2)).pvalue > 1e-4


def test_a_clock_that_is_too_far_is_refused() -> None:
    with pytest.raises(UsageError, match="too far"):
        timeline(1_000, anchor=START + timedelta(hours=1)).count(micros(START + timedelta(days=5_000)))
