"""When sales happen: every hour has the share that docs/retail.md gives it, and times can be counted and inverted."""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.datasets.retail.sale_times import SaleTimes
from support.retail_worlds import START, clean, retail

HOURS = {9: 4, 10: 6, 11: 8, 12: 11, 13: 10, 14: 8, 15: 8, 16: 9, 17: 11, 18: 12, 19: 9, 20: 4}
WEEKDAYS = {"Mon": 88, "Tue": 86, "Wed": 90, "Thu": 95, "Fri": 112, "Sat": 140, "Sun": 89}
FIRST_OF_MONTH = [110, 80, 88, 96, 99, 97, 93, 93, 97, 99, 108, 140]
DAY = 86_400_000_000


def expected(hour: datetime) -> float:
    """Sales in this hour (UTC) of a shop with 144,000 on an average day, as documented."""
    local = hour - timedelta(hours=6)
    length = monthrange(local.year, local.month)[1]
    now, then = FIRST_OF_MONTH[local.month - 1], FIRST_OF_MONTH[local.month % 12]
    season = now + (then - now) * (local.day - 1) / length
    return 144_000 * HOURS.get(local.hour, 0) / 100 * WEEKDAYS[f"{local:%a}"] / 100 * season / 100


def test_every_hour_has_its_documented_share():
    with clean(retail(days=8)) as week:
        query = "select date_trunc('hour', event_time), count(*) from sales group by 1"
        found = dict(week.execute(query).fetchall())
    for hour in (START + timedelta(hours=h) for h in range(8 * 24)):
        right = expected(hour)
        assert abs(found.get(hour, 0) - right) <= 3 + right / 50, hour  # the season is a whole number


def test_an_average_day_of_a_year_has_288_batches_of_500():
    count = retail(days=365).tables["sales"].count()
    assert count / 365 == pytest.approx(288 * 500, rel=0.005)
    assert sum(HOURS.values()) == 100
    assert sum(WEEKDAYS.values()) / 7 == 100
    assert sum(FIRST_OF_MONTH) / 12 == 100


def test_december_is_up_and_november_is_not_yet():
    sold = {
        month: SaleTimes(np.uint64(1), _micros(date(2026, month, 1)), 500).before(_micros(date(2026, month + 1, 1)))
        for month in (7, 11)
    }
    december = SaleTimes(np.uint64(1), _micros(date(2026, 12, 1)), 500).before(_micros(date(2027, 1, 1)))
    assert december > sold[11] * 1.02 > sold[7] * 1.1


def _micros(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([1, 3, 40, 500, 20_000]), st.integers(0, 3_000_000), st.integers(-2, 2), st.integers(0, 900))
def test_counting_before_a_time_inverts_the_times(per_batch, row, off, minutes):
    """Before any time lie as many sales as a search among the times finds."""
    made = SaleTimes(np.uint64(7), _micros(date(2026, 1, 1)), per_batch)
    times = made.times(np.arange(max(0, row - 40), row + 40)).tolist()
    assert times == sorted(times)
    for time in (times[-40] + off, times[-40] // 600_000_000 * 600_000_000 + off):
        if times[0] < time <= times[-1]:
            assert made.before(time) == max(0, row - 40) + bisect_left(times, time)
    far = times[-1] + minutes * 60_000_000
    there = made.before(far)
    assert made.times(np.array([there]))[0] >= far
    if there:
        assert made.times(np.array([there - 1]))[0] < far


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=20))
def test_any_rows_in_any_order_have_the_times_they_have_alone(rows):
    made = SaleTimes(np.uint64(3), _micros(date(2026, 1, 1)), 500)
    together = made.times(np.array(rows))
    assert together.tolist() == [int(made.times(np.array([row]))[0]) for row in rows]


def test_a_start_within_opening_hours_has_its_first_sale_then():
    """18:17 on the stores' clock."""
    start = _micros(date(2026, 1, 1)) + 17 * 60_000_000
    made = SaleTimes(np.uint64(3), start, 500)
    assert 0 <= made.times(np.array([0]))[0] - start < 2_000_000
    assert made.before(start) == 0
    whole = SaleTimes(np.uint64(3), _micros(date(2026, 1, 1)), 500)
    assert abs(made.before(start + DAY) - whole.before(start + DAY) + whole.before(start)) <= 2


def test_some_sales_are_stamped_with_the_full_ten_minutes_and_the_full_day():
    with clean(retail(days=2)) as days:
        on, all_, midnight = days.execute(
            """select count(*) filter (epoch_us(event_time) % 600000000 = 0), count(*),
            count(*) filter (event_time = '2026-01-02') from sales"""
        ).fetchall()[0]
    assert on / all_ == pytest.approx(2 / 600, rel=0.2)
    assert midnight > 3
