"""Figures of shipped charts worked out another way: the forecast day by day in Python, intervals by statsmodels."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import mean
from typing import Any

import duckdb
import pytest
from statsmodels.stats.proportion import proportion_confint

from sbdk.app.report import make_report
from sbdk.project import Project
from support.shops import Shop

FORECAST = Path(__file__).parents[2] / "src/sbdk/templates/bookstore/report/forecast.sql"
START = date(2026, 1, 1)


def sold(days: int, seed: int = 1) -> list[int]:
    chance = random.Random(seed)
    return [chance.randrange(50) for _ in range(days)]


def forecast(units: list[int]) -> dict[date, tuple[Any, ...]]:
    """What the chart's query says of each day: units, forecast, low, high."""
    rows = [(START + timedelta(day), sold) for day, sold in enumerate(units)]
    with duckdb.connect() as connection:
        connection.execute("create schema analytics")
        connection.execute("create table analytics.sales_performance_daily (sale_date date, units bigint)")
        for row in rows:
            connection.execute("insert into analytics.sales_performance_daily values (?, ?)", row)
        return {row[0]: row[1:] for row in connection.execute(FORECAST.read_text()).fetchall()}


def test_a_forecast_is_the_mean_of_eight_same_weekdays() -> None:
    units = sold(200)
    answer = forecast(units)
    assert min(answer) == START + timedelta(200 - 150)
    assert max(answer) == START + timedelta(199 + 28)
    for day, (actual, predicted, _, _) in answer.items():
        at = (day - START).days
        assert actual == (units[at] if at < 200 else None)
        eight = [units[at - back] for back in range(28, 78, 7) if at >= back]
        assert predicted == (pytest.approx(mean(eight)) if len(eight) == 8 else None)


def test_no_forecast_knows_of_the_28_days_before_it() -> None:
    units, known = sold(200), 150
    other = units[:known] + [one + 1000 for one in units[known:]]
    before, after = forecast(units), forecast(other)
    same = [day for day in before if before[day][1] == after[day][1]]
    assert max(same) == START + timedelta(known - 1 + 28)
    assert len(same) == len([day for day in before if (day - START).days < known + 28])


def test_the_band_is_of_the_future_and_of_past_errors_alone() -> None:
    units = sold(200)
    answer = forecast(units)
    errors = sorted(units[at] - mean(units[at - back] for back in range(28, 78, 7)) for at in range(77, 200))
    at = 0.1 * (len(errors) - 1)
    tenth = errors[int(at)] + (at - int(at)) * (errors[int(at) + 1] - errors[int(at)])
    for day, (_, predicted, low, high) in answer.items():
        future = (day - START).days >= 200
        assert (low is not None, high is not None) == (future, future)
        assert low == (pytest.approx(max(predicted + tenth, 0)) if future else None)


@pytest.mark.parametrize("days", [0, 1, 49])
def test_too_few_days_for_a_forecast_give_none(days: int) -> None:
    assert all(predicted is None for _, predicted, _, _ in forecast(sold(days)).values())


def test_intervals_of_conversion_are_wilsons(built_of: Callable[[str], Shop]) -> None:
    shop = built_of("saas")
    counted = {
        referrer: (bought, came)
        for referrer, bought, came in shop.query(
            "select referrer, sum(customers), sum(signed_up) from acquisition_funnel group by all"
        )
    }
    pictures = [picture for part in make_report(Project(shop.path)).sections for picture in part.charts]
    rows = next(picture.rows for picture in pictures if picture.chart.title == "Conversion by referrer")
    assert len(rows) == len(counted) == 6
    for referrer, share, low, high in rows:
        bought, came = (int(value) for value in counted[referrer])
        assert share == pytest.approx(bought / came)
        assert (low, high) == pytest.approx(proportion_confint(bought, came, method="wilson"), abs=1e-4)
