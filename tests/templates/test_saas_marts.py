"""Every mart against a count by hand, in plain Python, of the raw rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support.shop_world import START, Row, Shop

CENT = Decimal("0.01")
# US dollars for one unit on the last working day of 2024, from the ECB's euro rates of that day
DOLLARS = {
    "USD": Decimal(1), "EUR": Decimal("1.0389"), "GBP": Decimal("1.25292458"), "CAD": Decimal("0.69500937"),
    "AUD": Decimal("0.61942523"), "JPY": Decimal("0.00637127"),
}  # fmt: skip


def in_dollars(order: Row) -> Decimal:
    return (order["amount"] * DOLLARS[order["currency"]]).quantize(CENT, ROUND_HALF_UP)


def by_user(rows: list[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["user_id"]].append(row)
    return groups


@pytest.fixture(scope="module")
def table(built: Path) -> Any:
    """Rows of a table of the built warehouse, as dicts."""

    def rows(sql: str) -> list[Row]:
        with duckdb.connect(str(built), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return rows


def test_dim_dates_has_each_day_from_the_start_to_the_clock(table: Any, shop: Shop) -> None:
    found = table("from dim_dates order by date_day")
    days = [START.date() + timedelta(days=n) for n in range((shop.clock - START).days)]
    assert [row["date_day"] for row in found] == days
    assert [row["day_of_week"] for row in found] == [day.isoweekday() for day in days]
    assert [row["day_name"] for row in found] == [day.strftime("%A") for day in days]
    assert [row["week_start"] for row in found] == [day - timedelta(days=day.weekday()) for day in days]


def test_fct_orders_holds_each_order_in_dollars(table: Any, shop: Shop) -> None:
    countries = {user["user_id"]: user["country"] for user in shop.users}
    found = {row["order_id"]: (row["amount_usd"], row["country"]) for row in table("from fct_orders")}
    assert found == {order["order_id"]: (in_dollars(order), countries[order["user_id"]]) for order in shop.orders}


def risk(days: int) -> str:
    return "high" if days > 90 else "medium" if days > 30 else "low"


def segment(frequency: int, recency: int | None) -> str:
    if recency is None:
        return "prospect"
    if recency > 90:
        return "lapsed" if recency > 180 else "at_risk"
    return "loyal" if frequency >= 4 else "repeat" if frequency >= 2 else "new"


def test_user_metrics_are_those_counted_by_hand(table: Any, shop: Shop) -> None:
    events, orders = by_user(shop.events), by_user(shop.orders)
    last_day = (shop.clock - timedelta(days=1)).date()
    expected = {}
    for user in shop.users:
        bought = orders[user["user_id"]]
        value = sum((in_dollars(order) for order in bought), Decimal(0))
        seen = [
            user["created_at"],
            *(e["timestamp"] for e in events[user["user_id"]]),
            *(o["order_timestamp"] for o in bought),
        ]
        recency = (last_day - max(o["order_timestamp"] for o in bought).date()).days if bought else None
        idle = (last_day - max(seen).date()).days
        mean = (value / len(bought)).quantize(CENT, ROUND_HALF_UP) if bought else Decimal(0)
        expected[user["user_id"]] = (
            value, recency, len(bought), mean, idle, segment(len(bought), recency), risk(idle)
        )  # fmt: skip
    found = {row.pop("user_id"): tuple(row.values()) for row in table("from user_metrics")}
    assert found == expected
    assert len({row[5] for row in found.values()}) >= 4, "the small shop should show most segments"


def test_dim_users_knows_first_and_last_times(table: Any, shop: Shop) -> None:
    events, orders = by_user(shop.events), by_user(shop.orders)
    for row in table("from dim_users"):
        did = [event["timestamp"] for event in events[row["user_id"]]]
        bought = [order["order_timestamp"] for order in orders[row["user_id"]]]
        assert (row["first_event_at"], row["last_event_at"]) == ((min(did), max(did)) if did else (None, None))
        assert (row["first_order_at"], row["last_order_at"]) == ((min(bought), max(bought)) if bought else (None, None))
        assert row["is_customer"] is bool(bought)
        assert row["account_age_days"] == ((shop.clock - timedelta(days=1)).date() - row["created_at"].date()).days


def test_int_sessions_sum_up_their_events(table: Any, shop: Shop) -> None:
    sessions: dict[int, list[Row]] = defaultdict(list)
    for event in shop.events:
        sessions[event["session_id"]].append(event)
    expected = {
        number: (
            events[0]["user_id"], min(e["timestamp"] for e in events), max(e["timestamp"] for e in events), len(events),
            *(sum(e["event_type"] == kind for e in events) for kind in ("pageview", "add_to_cart", "purchase")),
            events[0]["device_type"], events[0]["browser"],
        )
        for number, events in sessions.items()
    }  # fmt: skip
    assert {row.pop("session_id"): tuple(row.values()) for row in table("from int_sessions")} == expected


def test_fct_user_daily_activity_has_a_row_for_each_day_somebody_did_something(table: Any, shop: Shop) -> None:
    users = {user["user_id"]: user for user in shop.users}
    events: dict[tuple[int, date], list[str]] = defaultdict(list)
    orders: dict[tuple[int, date], list[Decimal]] = defaultdict(list)
    for event in shop.events:
        events[event["user_id"], event["timestamp"].date()].append(event["event_type"])
    for order in shop.orders:
        orders[order["user_id"], order["order_timestamp"].date()].append(in_dollars(order))
    expected = {
        (user, day): (
            len(events[user, day]), len(set(events[user, day])), events[user, day].count("purchase"),
            len(orders[user, day]), sum(orders[user, day], Decimal(0)),
            users[user]["user_tier"], users[user]["country"], (day - users[user]["created_at"].date()).days,
        )
        for user, day in events.keys() | orders.keys()
    }  # fmt: skip
    found = table("from fct_user_daily_activity")
    assert {(row.pop("user_id"), row.pop("activity_date")): tuple(row.values()) for row in found} == expected


def test_daily_revenue_sums_each_day_and_runs_on(table: Any, shop: Shop) -> None:
    days: dict[date, list[Row]] = defaultdict(list)
    for order in shop.orders:
        days[order["order_timestamp"].date()].append(order)
    sums: list[Decimal] = []
    for row in table("from daily_revenue order by revenue_date"):
        orders = days[row["revenue_date"]]
        sums.append(sum(map(in_dollars, orders), Decimal(0)))
        assert (row["orders"], row["first_orders"]) == (len(orders), sum(o["is_first_order"] for o in orders))
        for category in ("subscription", "addon", "renewal"):
            of_category = [in_dollars(order) for order in orders if order["product_category"] == category]
            assert row[f"{category}_usd"] == sum(of_category, Decimal(0))
        assert row["revenue_usd"] == sums[-1]
        assert row["cumulative_revenue_usd"] == sum(sums)
        assert abs(row["average_7_days_usd"] - sum(sums[-7:]) / len(sums[-7:])) <= CENT / 2
    assert sum(sums) == sum(map(in_dollars, shop.orders))


def test_acquisition_funnel_counts_how_far_each_cohort_has_come(table: Any, shop: Shop) -> None:
    events, orders = by_user(shop.events), by_user(shop.orders)
    cohorts: dict[tuple[date, str], list[Row]] = defaultdict(list)
    for user in shop.users:
        cohorts[month_of(user["created_at"]), user["referrer"]].append(user)
    expected = {}
    for cohort, users in cohorts.items():
        did = [{event["event_type"] for event in events[user["user_id"]]} for user in users]
        bought = [orders[user["user_id"]] for user in users]
        expected[cohort] = (
            len(users), sum(bool(kinds) for kinds in did), sum("add_to_cart" in kinds for kinds in did),
            sum(len(own) > 0 for own in bought), sum(len(own) > 1 for own in bought),
            sum((in_dollars(order) for own in bought for order in own), Decimal(0)),
        )  # fmt: skip
    found = {(row["signup_month"], row["referrer"]): row for row in table("from acquisition_funnel")}
    counted = ("signed_up", "activated", "filled_cart", "customers", "repeat_customers", "revenue_usd")
    assert {cohort: tuple(row[name] for name in counted) for cohort, row in found.items()} == expected
    for row in found.values():
        assert float(row["conversion_rate"]) == pytest.approx(row["customers"] / row["signed_up"], abs=5.1e-5)


def month_of(moment: datetime) -> date:
    return moment.date().replace(day=1)
