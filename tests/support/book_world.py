"""A small bookshop in plain Python rows, to be loaded into DuckDB and counted again by hand."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

START = datetime(2025, 9, 1)
DAYS = 122
CENT = Decimal("0.01")
GENRES = ("Fiction", "Non-Fiction", "Science", "Biography", "Fantasy")
FORMATS = ("Hardcover", "Paperback", "eBook", "Audiobook")
CHANNELS = ("Online", "Retail", "Wholesale", "Direct")
CUSTOMERS = ("Individual", "Business", "Educational")
REGIONS = ("North", "South", "East", "West", "Central")

Row = dict[str, Any]

DDL = """
create schema raw; create schema _sbdk;
create table _sbdk.clock (now timestamp);
create table raw._dlt_loads (load_id varchar, status bigint, inserted_at timestamptz);
create table raw.publishers (
  publisher_id varchar, publisher_name varchar, publisher_type varchar, country varchar, established_year integer,
  total_titles integer, active_status varchar, created_at timestamp);
create table raw.books (
  book_id varchar, isbn varchar, title varchar, author varchar, publisher_id varchar, genre varchar,
  publication_year integer, page_count integer, price decimal(12, 2), format varchar, language varchar,
  created_at timestamp);
create table raw.sales (
  transaction_id varchar, book_id varchar, sale_date date, quantity integer, unit_price decimal(12, 2),
  discount_percent decimal(5, 2), total_amount decimal(12, 2), channel varchar, customer_type varchar, region varchar,
  created_at timestamp);
create table raw.inventory (
  inventory_id varchar, book_id varchar, warehouse_location varchar, stock_quantity integer, reorder_point integer,
  last_restock_date date, storage_cost_per_unit decimal(12, 2), shelf_life_days integer, created_at timestamp);
create table raw.campaign_events (
  campaign_id varchar, experiment_id varchar, treatment_group varchar, impressions bigint, clicks bigint,
  spend decimal(12, 2), campaign_date date, created_at timestamp);
"""


@dataclass(frozen=True)
class Bookshop:
    """Rows of the five raw tables, all recorded before `clock`."""

    publishers: list[Row]
    books: list[Row]
    sales: list[Row]
    inventory: list[Row]
    campaign_events: list[Row]
    clock: datetime

    def tables(self) -> dict[str, list[Row]]:
        return {name: rows for name, rows in vars(self).items() if name != "clock"}

    def until(self, clock: datetime) -> Bookshop:
        """What had been recorded at an earlier clock."""
        before = {name: [row for row in rows if row["created_at"] < clock] for name, rows in self.tables().items()}
        return replace(self, **before, clock=clock)


def make_bookshop(seed: int = 11) -> Bookshop:
    """Four publishers, sixteen books (the last six listed while the data run), about 700 sales, stock and campaigns."""
    chance = random.Random(seed)
    clock = START + timedelta(days=DAYS)
    publishers = [_publisher(chance, number) for number in range(1, 5)]
    books = [_book(chance, number, publishers) for number in range(1, 17)]
    return Bookshop(
        publishers, books, _sales(chance, books, clock), _inventory(chance, books), _campaigns(chance), clock
    )


def fill(path: Path, shop: Bookshop) -> None:
    """A new database file with the raw tables of the shop."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(DDL)
        arrive(connection, shop)


def arrive(connection: duckdb.DuckDBPyConnection, shop: Bookshop) -> None:
    """Append the rows whose key is not there yet, and set the clock."""
    for name, rows in shop.tables().items():
        key = next(iter(rows[0]), "") if rows else ""
        known = {row[0] for row in connection.execute(f"select {key} from raw.{name}").fetchall()} if key else set()
        append(connection, f"raw.{name}", [row for row in rows if row[key] not in known])
    connection.execute("delete from _sbdk.clock")
    connection.execute("insert into _sbdk.clock values (?)", [shop.clock])


def append(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    if rows:
        connection.register("arrived", pa.Table.from_pylist(rows))
        connection.execute(f"insert into {table} by name from arrived")
        connection.unregister("arrived")


def sale(number: int, book: Row, day: date, quantity: int, discount: int = 0, **other: Any) -> Row:
    price = book["price"]
    total = (quantity * price * (100 - discount) / 100).quantize(CENT, ROUND_HALF_UP)
    return {
        "transaction_id": f"TXN_{number:08d}",
        "book_id": book["book_id"],
        "sale_date": day,
        "quantity": quantity,
        "unit_price": price,
        "discount_percent": Decimal(discount),
        "total_amount": total,
        "channel": "Online",
        "customer_type": "Individual",
        "region": "North",
        "created_at": datetime(day.year, day.month, day.day, 12),
        **other,
    }


def isbn(number: int) -> str:
    """ISBN-13: weights 1 and 3, the check digit makes the sum a multiple of ten."""
    digits = f"978{number:09d}"
    return digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)


def _publisher(chance: random.Random, number: int) -> Row:
    return {
        "publisher_id": f"PUB_{number:06d}",
        "publisher_name": f"House {number}",
        "publisher_type": chance.choice(["Traditional", "Independent", "Academic", "Digital"]),
        "country": chance.choice(["United States", "Germany"]),
        "established_year": 1900 + 20 * number,
        "total_titles": 100 * number,
        "active_status": "Inactive" if number == 4 else "Active",
        "created_at": START - timedelta(days=900),
    }


def _book(chance: random.Random, number: int, publishers: list[Row]) -> Row:
    late = max(0, number - 10)
    listed = START + timedelta(days=17 * late, hours=9) if late else START - timedelta(days=60 * number)
    return {
        "book_id": f"BOOK_{number:06d}",
        "isbn": isbn(number),
        "title": f"Title {number}",
        "author": f"Author {number % 5}",
        "publisher_id": publishers[number % 4]["publisher_id"],
        "genre": chance.choice(GENRES),
        "publication_year": listed.year,
        "page_count": (149, 150, 299, 300, 499, 500)[number % 6],
        "price": (Decimal("14.99"), Decimal("15"), Decimal("29.99"), Decimal("30"), Decimal("49.99"), Decimal("50"))[
            number % 6
        ],
        "format": chance.choice(FORMATS),
        "language": "English",
        "created_at": listed,
    }


def _sales(chance: random.Random, books: list[Row], clock: datetime) -> list[Row]:
    """Every book at its own rate; book 10 never, book 9 only in the first ten days."""
    drawn = []
    for place, book in enumerate(books):
        for day in range(DAYS):
            rate = 0 if place == 9 or (place == 8 and day >= 10) else 1.2 / (1 + place % 5)
            for _ in range(chance.choice([0, 1, 1, 2]) if chance.random() < rate else 0):
                when = START + timedelta(days=day, microseconds=chance.randrange(86_400_000_000))
                if when > book["created_at"]:
                    drawn.append((when, book))
    drawn.sort(key=lambda pair: (pair[0], pair[1]["book_id"]))
    return [
        sale(
            number,
            book,
            when.date(),
            chance.choice([1, 1, 2, 5]),
            chance.choice([0, 0, 10, 25]),
            channel=chance.choice(CHANNELS),
            customer_type=chance.choice(CUSTOMERS),
            region=chance.choice(REGIONS),
            created_at=when,
        )
        for number, (when, book) in enumerate(drawn, start=1)
    ]


def _inventory(chance: random.Random, books: list[Row]) -> list[Row]:
    return [
        {
            "inventory_id": f"INV_{number:08d}",
            "book_id": book["book_id"],
            "warehouse_location": f"Warehouse_{'ABC'[number % 3]}",
            "stock_quantity": chance.choice([0, 3, 40, 400]),
            "reorder_point": chance.choice([5, 20]),
            "last_restock_date": max(START - timedelta(days=150), book["created_at"]).date(),
            "storage_cost_per_unit": Decimal("0.25"),
            "shelf_life_days": 720,
            "created_at": max(START - timedelta(days=149), book["created_at"]),
        }
        for number, book in enumerate([*books[:12], *books[:4]], start=1)
    ]


def _campaigns(chance: random.Random) -> list[Row]:
    rows = []
    for number in range(1, 41):
        tried = number % 4 != 0
        shown = chance.randrange(1_000, 10_000)
        day = START + timedelta(days=number // 2)
        rows.append(
            {
                "campaign_id": f"CAMP_{number:06d}",
                "experiment_id": f"EXP_{1 + number // 3 % 5:03d}" if tried else None,
                "treatment_group": ("control", "treatment")[number % 2] if tried else None,
                "impressions": shown,
                "clicks": shown // 40,
                "spend": Decimal(shown) / 100,
                "campaign_date": day.date(),
                "created_at": day,
            }
        )
    return rows
