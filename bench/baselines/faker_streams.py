"""The usual way: a thread per stream, a Faker call per cell, json.dumps per record. Prints records per second.

python faker_streams.py FOLDER SECONDS
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from faker import Faker

START = datetime(2026, 1, 1)


def customer(fake: Faker, number: int) -> dict[str, Any]:
    return {
        "customer_id": number,
        "name": fake.name(),
        "email": fake.email() if random.random() > 0.02 else None,
        "address": fake.address(),
        "join_date": fake.date_time_between(START - timedelta(days=900), START).isoformat(),
        "loyalty_points": random.randint(0, 5000),
        "phone_number": fake.phone_number(),
        "age": random.randint(18, 90),
        "gender": random.choice(["female", "male", "other"]),
        "last_update_time": (START + timedelta(seconds=number)).isoformat(),
    }


def product(fake: Faker, number: int) -> dict[str, Any]:
    return {
        "product_id": number,
        "name": fake.catch_phrase(),
        "category": fake.word(),
        "brand": fake.company(),
        "price": round(random.uniform(10, 300), 2),
        "stock_quantity": random.randint(0, 500),
        "size": random.choice(["S", "M", "L"]),
        "color": fake.color_name(),
        "description": fake.sentence(),
        "last_update_time": (START + timedelta(seconds=number)).isoformat(),
    }


def store(fake: Faker, number: int) -> dict[str, Any]:
    return {
        "store_id": number,
        "name": fake.company(),
        "address": fake.address(),
        "manager": fake.name() if random.random() > 0.02 else None,
        "open_date": fake.date_time_between(START - timedelta(days=3000), START).isoformat(),
        "status": random.choice(["open", "renovating", "closed"]),
        "phone_number": fake.phone_number(),
        "last_update_time": (START + timedelta(seconds=number)).isoformat(),
    }


def sale(fake: Faker, number: int) -> dict[str, Any]:
    quantity, price = random.randint(1, 5), round(random.uniform(10, 300), 2)
    return {
        "transaction_id": number,
        "store_id": random.randint(1, 50),
        "customer_id": random.randint(1, 500),
        "product_id": random.randint(1, 200),
        "event_time": fake.date_time_between(START, START + timedelta(days=1)).isoformat(),
        "quantity": -quantity if random.random() < 0.05 else quantity,
        "unit_price": price,
        "total_amount": round(quantity * price, 2),
        "payment_method": random.choice(["credit_card", "cash", "gift_card"]),
        "discount_applied": round(random.uniform(0, 10), 2),
        "tax_amount": round(quantity * price * 0.08, 2),
    }


def produce(make: Callable[[Faker, int], dict[str, Any]], path: Path, until: float, counts: list[int]) -> None:
    fake, number = Faker(), 0
    with path.open("w") as file:
        while time.perf_counter() < until:
            for _ in range(100):
                number += 1
                file.write(json.dumps(make(fake, number)) + "\n")
    counts.append(number)


if __name__ == "__main__":
    folder, seconds, counts = Path(sys.argv[1]), float(sys.argv[2]), []
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=produce, args=(make, folder / f"{make.__name__}.jsonl", until, counts))
        for make in (customer, product, store, sale)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts) / seconds)
