"""Every row of the feature tables, worked out again in plain Python from nothing but what happened before its day."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import duckdb
import pytest

from sbdk.transform import Worker
from support.book_world import DAYS, START, Bookshop, Row, fill

DAY = timedelta(days=1)
FIRST = START.date()
DEMAND, HISTORY = "ml_features.demand_forecasting_features", "ml_features.book_features_history"


def rows(database: Path, table: str, *keys: str) -> dict[tuple[Any, ...], Row]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(f"from {table}")
        names = [column[0] for column in found.description]
        return {
            tuple(row[key] for key in keys): row for row in (dict(zip(names, r, strict=True)) for r in found.fetchall())
        }


def assert_equal(found: Row, expected: Row) -> None:
    for name, value in expected.items():
        close = pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
        assert found[name] == close, (name, found)


def demand(book: Row, day: date, sales: list[Row]) -> Row:
    """The features of one book and day, from its sales before that day."""
    listed = book["created_at"].date()
    units: Counter[date] = Counter()
    for sale in sales:
        units[sale["sale_date"]] += sale["quantity"]
    first = max(FIRST, listed)

    def sold(back: int) -> int | None:
        return units[day - back * DAY] if day - back * DAY >= first else None

    week, month = ([n for n in map(sold, range(1, count + 1)) if n is not None] for count in (7, 30))
    return {
        "day_of_week": day.isoweekday(),
        "week_of_year": day.isocalendar().week,
        "day_of_year": day.timetuple().tm_yday,
        "day_of_month": day.day,
        "month": day.month,
        "quarter": (day.month + 2) // 3,
        "is_weekend": day.isoweekday() > 5,
        "is_month_start": day.day == 1,
        "is_month_end": (day + DAY).day == 1,
        "days_since_listed": (day - listed).days,
        "genre": book["genre"],
        "list_price": book["price"],
        "units_lag_1": sold(1),
        "units_lag_7": sold(7),
        "units_lag_30": sold(30),
        "units_average_7": fmean(week) if week else None,
        "units_average_30": fmean(month) if month else None,
        "units_stddev_7": stdev(week) if len(week) > 1 else None,
        "units_growth_1": growth(sold(1), sold(2)),
        "units_growth_7": growth(sold(1), sold(8)),
        "units_before": sum(units.values()),
        "days_since_first_sale": (day - min(units)).days if units else None,
        "days_since_last_sale": (day - max(units)).days if units else None,
    }


def growth(now: int | None, before: int | None) -> float | None:
    return (now - before) / before if now is not None and before else None


def test_demand_features_of_every_book_and_day(bookshop: Bookshop, bookstore_built: Path) -> None:
    found = rows(bookstore_built, DEMAND, "book_id", "feature_date")
    expected_keys = set()
    for book in bookshop.books:
        sales = [sale for sale in bookshop.sales if sale["book_id"] == book["book_id"]]
        for day in (FIRST + n * DAY for n in range(DAYS)):
            if book["created_at"].date() >= day:
                continue
            key = (book["book_id"], day)
            expected_keys.add(key)
            assert_equal(found[key], demand(book, day, [sale for sale in sales if sale["sale_date"] < day]))
            assert found[key]["target_units"] == sum(sale["quantity"] for sale in sales if sale["sale_date"] == day)
    assert set(found) == expected_keys


def test_no_number_is_infinite_or_nan(bookstore_built: Path) -> None:
    for table, key in ((DEMAND, "feature_date"), (HISTORY, "as_of_date")):
        for row in rows(bookstore_built, table, "book_id", key).values():
            assert all(math.isfinite(value) for value in row.values() if isinstance(value, float))


def features(book: Row, as_of: date, sales: list[Row]) -> Row:
    """What is known of one book on a morning, from its sales before that day."""
    listed = book["created_at"].date()
    recent = [sale for sale in sales if sale["sale_date"] >= as_of - 30 * DAY]
    previous = units([sale for sale in sales if as_of - 60 * DAY <= sale["sale_date"] < as_of - 30 * DAY])
    total, paid = units(sales), sum(sale["total_amount"] for sale in sales)
    gross = sum(sale["quantity"] * sale["unit_price"] for sale in sales)
    mix = {
        "channel": ("Online", "Retail", "Wholesale", "Direct"),
        "customer_type": ("Individual", "Business", "Educational"),
    }
    shares = {
        f"{value.lower()}_share": units([sale for sale in sales if sale[column] == value]) / total if sales else None
        for column, values in mix.items()
        for value in values
    }
    months = (as_of.year - listed.year) * 12 + as_of.month - listed.month - (as_of.day < listed.day)
    return shares | {
        "price_per_page": float(book["price"]) / book["page_count"],
        "age_months": months,
        "transactions_total": len(sales),
        "units_total": total,
        "revenue_total": paid,
        "average_unit_revenue": float(paid) / total if sales else None,
        "days_since_last_sale": (as_of - max(sale["sale_date"] for sale in sales)).days if sales else None,
        "transactions_30": len(recent),
        "units_30": units(recent),
        "revenue_30": sum(sale["total_amount"] for sale in recent),
        "units_per_day_30": units(recent) / min(30, (as_of - listed).days),
        "velocity_trend": (units(recent) - previous) / previous if previous else None,
        "discount_share": float(gross - paid) / float(gross) if sales else None,
        "discounted_share": sum(sale["discount_percent"] > 0 for sale in sales) / len(sales) if sales else None,
    }


def units(sales: list[Row]) -> int:
    return sum(sale["quantity"] for sale in sales)


def test_book_features_of_every_book_and_month(bookshop: Bookshop, bookstore_built: Path) -> None:
    found = rows(bookstore_built, HISTORY, "book_id", "as_of_date")
    mornings = [date(2025, month, 1) for month in (10, 11, 12)] + [date(2026, 1, 1)]
    books = {
        (book["book_id"], day): book for book in bookshop.books for day in mornings if book["created_at"].date() < day
    }
    assert set(found) == set(books)
    for (book_id, day), book in books.items():
        sales = [sale for sale in bookshop.sales if sale["book_id"] == book_id and sale["sale_date"] < day]
        assert_equal(found[book_id, day], features(book, day, sales))
    for day in mornings:
        speeds = {key[0]: row["units_per_day_30"] for key, row in found.items() if key[1] == day}
        for book_id, speed in speeds.items():
            percentile = 100 * sum(other < speed for other in speeds.values()) / (len(speeds) - 1)
            assert found[book_id, day]["velocity_score"] == pytest.approx(percentile)


def test_book_features_are_the_newest_of_the_history(bookshop: Bookshop, bookstore_built: Path) -> None:
    newest = rows(bookstore_built, "ml_features.book_features", "book_id")
    history = rows(bookstore_built, HISTORY, "book_id", "as_of_date")
    assert newest == {(book["book_id"],): history[book["book_id"], bookshop.clock.date()] for book in bookshop.books}


@pytest.mark.parametrize("day", [date(2025, 9, 18), date(2025, 11, 12)])
def test_a_warehouse_of_what_was_recorded_before_a_day_has_the_same_row_of_that_day(
    day: date, bookshop: Bookshop, bookstore_built: Path, bookstore_worker: Worker, tmp_path: Path
) -> None:
    """The whole project, raw tables cut before the day; its clock is the end of the day, so that the row is made."""
    midnight = datetime(day.year, day.month, day.day)
    earlier = bookshop.until(midnight)
    path = tmp_path / bookstore_built.name
    fill(path, Bookshop(**{**vars(earlier), "clock": midnight + DAY}))
    result = bookstore_worker.build(path, select=["+demand_forecasting_features"])
    assert result.ok, result.error
    cut, whole = (of_day(rows(file, DEMAND, "book_id", "feature_date"), day) for file in (path, bookstore_built))
    assert cut == whole
    assert len(cut) > 9


def of_day(found: dict[tuple[Any, ...], Row], day: date) -> dict[str, Row]:
    return {key[0]: {**row, "target_units": None} for key, row in found.items() if key[1] == day}
