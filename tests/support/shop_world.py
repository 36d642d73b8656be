"""A small shop in plain Python rows, to be loaded into DuckDB and counted again by hand."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

START = datetime(2026, 1, 1)
DAYS = 60
CURRENCIES = {"US": "USD", "GB": "GBP", "CA": "CAD", "AU": "AUD", "DE": "EUR", "FR": "EUR", "JP": "JPY"}
TIERS = ("bronze", "silver", "gold", "platinum")
CHANNELS = ("google", "direct", "bing", "email", "social", "referral")
EVENT_TYPES = ("pageview", "login", "signup", "purchase", "add_to_cart", "search")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Row = dict[str, Any]

DDL = """
create schema raw; create schema _sbdk;
create table _sbdk.clock (now timestamp);
create table raw._dlt_loads (load_id varchar, status bigint, inserted_at timestamptz);
create table raw.raw_users (
  user_id bigint, created_at timestamp, country varchar, referrer varchar, name varchar, email varchar,
  email_domain varchar, signup_day_of_week varchar, signup_hour integer, is_weekend_signup boolean, user_tier varchar,
  activity_propensity double, purchase_propensity double);
create table raw.raw_events (
  event_id bigint, user_id bigint, session_id bigint, event_sequence integer, event_type varchar, "timestamp" timestamp,
  session_duration_planned double, utm_source varchar, user_tier varchar, device_type varchar, browser varchar,
  page_url varchar);
create table raw.raw_orders (
  order_id bigint, user_id bigint, order_sequence integer, is_first_order boolean, order_timestamp timestamp,
  days_since_signup integer, product_category varchar, amount decimal(12, 2), payment_method varchar, currency varchar,
  user_tier varchar, discount_applied boolean, order_source varchar);
"""


@dataclass(frozen=True)
class Shop:
    """Rows of the three raw tables, all before `clock`."""

    users: list[Row]
    events: list[Row]
    orders: list[Row]
    clock: datetime

    def until(self, clock: datetime) -> Shop:
        """The same history as it stood at an earlier clock."""
        return replace(
            self,
            users=[row for row in self.users if row["created_at"] < clock],
            events=[row for row in self.events if row["timestamp"] < clock],
            orders=[row for row in self.orders if row["order_timestamp"] < clock],
            clock=clock,
        )


def make_shop(users: int = 50, seed: int = 7) -> Shop:
    chance = random.Random(seed)
    clock = START + timedelta(days=DAYS)
    people = _users(chance, users)
    return Shop(people, _events(chance, people, clock), _orders(chance, people, clock), clock)


def fill(path: Path, shop: Shop) -> None:
    """A new database file with the raw tables of the shop."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(DDL)
        load(connection, shop)


def load(connection: duckdb.DuckDBPyConnection, shop: Shop) -> None:
    """Append the rows and set the clock."""
    append(connection, "raw.raw_users", shop.users)
    append(connection, "raw.raw_events", shop.events)
    append(connection, "raw.raw_orders", shop.orders)
    set_clock(connection, shop.clock)


def append(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into {table} values ({marks})", [list(row.values()) for row in rows])


def set_clock(connection: duckdb.DuckDBPyConnection, clock: datetime) -> None:
    connection.execute("delete from _sbdk.clock")
    connection.execute("insert into _sbdk.clock values (?)", [clock])


def _moment(chance: random.Random, after: datetime, before: datetime) -> datetime:
    return after + timedelta(seconds=chance.randrange(1, int((before - after).total_seconds())))


def _users(chance: random.Random, count: int) -> list[Row]:
    times = sorted(_moment(chance, START, START + timedelta(days=DAYS - 2)) for _ in range(count))
    return [_user(chance, number, created) for number, created in enumerate(times, start=1)]


def _user(chance: random.Random, number: int, created: datetime) -> Row:
    return {
        "user_id": number,
        "created_at": created,
        "country": chance.choice(list(CURRENCIES)),
        "referrer": chance.choice(CHANNELS),
        "name": f"Person {number}",
        "email": f"person.{number}@gmail.com",
        "email_domain": "gmail.com",
        "signup_day_of_week": WEEKDAYS[created.weekday()],
        "signup_hour": created.hour,
        "is_weekend_signup": created.weekday() >= 5,
        "user_tier": chance.choice(TIERS),
        "activity_propensity": chance.uniform(0.1, 1),
        "purchase_propensity": chance.uniform(0, 0.8),
    }


def _events(chance: random.Random, users: list[Row], clock: datetime) -> list[Row]:
    sessions = [
        (_moment(chance, user["created_at"], clock), user) for user in users[:-5] for _ in range(chance.randrange(6))
    ]
    rows: list[Row] = []
    for session, (started, user) in enumerate(sorted(sessions, key=lambda pair: pair[0]), start=1):
        rows += _session(chance, session, started, user)
    kept = sorted(
        (row for row in rows if row["timestamp"] < clock), key=lambda row: (row["timestamp"], row["session_id"])
    )
    return [{"event_id": number, **row} for number, row in enumerate(kept, start=1)]


def _session(chance: random.Random, session: int, started: datetime, user: Row) -> list[Row]:
    device, browser = chance.choice(["desktop", "mobile", "tablet"]), chance.choice(["chrome", "safari", "edge"])
    return [
        {
            "user_id": user["user_id"],
            "session_id": session,
            "event_sequence": number,
            "event_type": chance.choice(EVENT_TYPES),
            "timestamp": started + timedelta(seconds=20 * (number - 1)),
            "session_duration_planned": 10.0,
            "utm_source": chance.choice(CHANNELS),
            "user_tier": user["user_tier"],
            "device_type": device,
            "browser": browser,
            "page_url": "/home",
        }
        for number in range(1, chance.randrange(2, 7))
    ]


def _orders(chance: random.Random, users: list[Row], clock: datetime) -> list[Row]:
    rows: list[Row] = []
    for user in users[5:]:
        times = sorted(_moment(chance, user["created_at"], clock) for _ in range(chance.choice([0, 1, 2, 5])))
        rows += [_order(chance, user, number, when) for number, when in enumerate(times, start=1)]
    ordered = sorted(rows, key=lambda row: (row["order_timestamp"], row["user_id"], row["order_sequence"]))
    return [{"order_id": number, **row} for number, row in enumerate(ordered, start=1)]


def _order(chance: random.Random, user: Row, number: int, when: datetime) -> Row:
    return {
        "user_id": user["user_id"],
        "order_sequence": number,
        "is_first_order": number == 1,
        "order_timestamp": when,
        "days_since_signup": (when - user["created_at"]).days,
        "product_category": chance.choice(["subscription", "addon", "renewal"]),
        "amount": Decimal(chance.randrange(500, 30_000)) / 100,
        "payment_method": chance.choice(["credit_card", "paypal", "wire"]),
        "currency": CURRENCIES[user["country"]],
        "user_tier": user["user_tier"],
        "discount_applied": chance.random() < 0.1,
        "order_source": chance.choice(["web", "mobile_app", "phone", "email_link"]),
    }
