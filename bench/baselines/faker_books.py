"""A bookstore's five tables as most people make them: one Faker call per cell, one dict per row. Prints seconds.

python faker_books.py publishers=100 books=1000 sales=1000 inventory=500 campaign_events=500
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from faker import Faker

START = datetime(2025, 1, 1)
END = START + timedelta(days=365)
fake = Faker()


def publisher(number: int) -> dict[str, Any]:
    return {
        "publisher_id": f"PUB_{number:06}",
        "publisher_name": fake.company(),
        "publisher_type": random.choice(["Traditional", "Independent", "Academic", "Digital"]),
        "country": fake.country_code(),
        "established_year": random.randint(1850, 2019),
        "total_titles": random.randint(1, 500),
        "active_status": random.choice(["Active", "Inactive"]),
        "created_at": fake.date_time_between(START, END),
    }


def book(number: int) -> dict[str, Any]:
    return {
        "book_id": f"BOOK_{number:06}",
        "isbn": fake.isbn13(separator=""),
        "title": fake.catch_phrase(),
        "author": fake.name(),
        "publisher_id": f"PUB_{random.randint(1, 100):06}",
        "genre": random.choice(["Fiction", "Non-Fiction", "Science", "Biography", "Fantasy"]),
        "publication_year": random.randint(1990, 2025),
        "page_count": random.randint(50, 900),
        "price": fake.pydecimal(left_digits=2, right_digits=2, positive=True),
        "format": random.choice(["Hardcover", "Paperback", "eBook", "Audiobook"]),
        "language": random.choice(["English", "Spanish", "French", "German"]),
        "created_at": fake.date_time_between(START, END),
    }


def sale(number: int) -> dict[str, Any]:
    sold, pieces = fake.date_time_between(START, END), random.randint(1, 10)
    price, percent = fake.pydecimal(left_digits=2, right_digits=2, positive=True), random.choice([0, 10, 20, 30])
    return {
        "transaction_id": f"TXN_{number:08}",
        "book_id": f"BOOK_{random.randint(1, 1000):06}",
        "sale_date": sold.date(),
        "quantity": pieces,
        "unit_price": price,
        "discount_percent": percent,
        "total_amount": pieces * price * (100 - percent) / 100,
        "channel": random.choice(["Online", "Retail", "Wholesale", "Direct"]),
        "customer_type": random.choice(["Individual", "Business", "Educational"]),
        "region": random.choice(["North", "South", "East", "West", "Central"]),
        "created_at": sold,
    }


def stock(number: int) -> dict[str, Any]:
    return {
        "inventory_id": f"INV_{number:08}",
        "book_id": f"BOOK_{random.randint(1, 1000):06}",
        "warehouse_location": random.choice(["Warehouse_A", "Warehouse_B", "Warehouse_C"]),
        "stock_quantity": random.randint(0, 500),
        "reorder_point": random.randint(1, 50),
        "last_restock_date": fake.date_between(START, END),
        "storage_cost_per_unit": fake.pydecimal(left_digits=1, right_digits=2, positive=True),
        "shelf_life_days": random.randint(365, 3650),
        "created_at": fake.date_time_between(START, END),
    }


def campaign(number: int) -> dict[str, Any]:
    impressions, day = random.randint(1_000, 10_000), fake.date_time_between(START, END)
    return {
        "campaign_id": f"CAMP_{number:06}",
        "experiment_id": f"EXP_{random.randint(1, 5):03}",
        "treatment_group": random.choice(["control", "treatment"]),
        "impressions": impressions,
        "clicks": random.randint(0, impressions // 20),
        "spend": fake.pydecimal(left_digits=3, right_digits=2, positive=True),
        "campaign_date": day.date(),
        "created_at": day,
    }


MAKERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "publishers": publisher,
    "books": book,
    "sales": sale,
    "inventory": stock,
    "campaign_events": campaign,
}

if __name__ == "__main__":
    Faker.seed(42)
    began = time.perf_counter()
    for argument in sys.argv[1:]:
        table, _, rows = argument.partition("=")
        for number in range(1, int(rows) + 1):
            MAKERS[table](number)
    print(time.perf_counter() - began)
