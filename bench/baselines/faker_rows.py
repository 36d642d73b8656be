"""How most people make test data: one Faker call per cell, one dict per row. Prints rows per second.

python faker_rows.py events 20000
"""

import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from faker import Faker

START = datetime(2025, 1, 1)
TYPES = ["pageview", "login", "signup", "purchase", "add_to_cart", "search"]


def users(count: int) -> Iterator[dict[str, Any]]:
    fake = Faker()
    Faker.seed(42)
    for number in range(1, count + 1):
        created = fake.date_time_between(START, START + timedelta(days=365))
        email = fake.unique.email() if count <= 50_000 else f"{number}.{fake.email()}"
        yield {
            "user_id": number,
            "created_at": created,
            "country": random.choice(["US", "GB", "CA", "AU", "DE", "FR", "JP"]),
            "referrer": random.choice(["google", "direct", "bing", "email", "social", "referral"]),
            "name": fake.name(),
            "email": email,
            "email_domain": email.split("@")[1],
            "signup_day_of_week": created.strftime("%A"),
            "signup_hour": created.hour,
            "is_weekend_signup": created.weekday() >= 5,
            "user_tier": random.choice(["bronze", "silver", "gold", "platinum"]),
            "activity_propensity": random.uniform(0.1, 1),
            "purchase_propensity": random.uniform(0, 0.8),
        }


def events(count: int, users: int = 10_000) -> Iterator[dict[str, Any]]:
    fake = Faker()
    Faker.seed(42)
    for number in range(1, count + 1):
        yield {
            "event_id": number,
            "user_id": random.randint(1, users),
            "session_id": number // 3 + 1,
            "event_sequence": number % 3 + 1,
            "event_type": random.choice(TYPES),
            "timestamp": fake.date_time_between(START, START + timedelta(days=365)),
            "session_duration_planned": random.uniform(2, 50),
            "utm_source": random.choice(["google", "direct", "bing", "email", "social"]),
            "user_tier": random.choice(["bronze", "silver", "gold", "platinum"]),
            "device_type": random.choice(["desktop", "mobile", "tablet"]),
            "browser": random.choice(["chrome", "safari", "firefox", "edge"]),
            "page_url": fake.uri_path(),
        }


def orders(count: int, users: int = 10_000) -> Iterator[dict[str, Any]]:
    fake = Faker()
    Faker.seed(42)
    for number in range(1, count + 1):
        yield {
            "order_id": number,
            "user_id": random.randint(1, users),
            "order_sequence": 1,
            "is_first_order": True,
            "order_timestamp": fake.date_time_between(START, START + timedelta(days=365)),
            "days_since_signup": random.randint(0, 365),
            "product_category": random.choice(["subscription", "addon", "renewal"]),
            "amount": float(fake.pydecimal(left_digits=3, right_digits=2, positive=True)),
            "currency": fake.currency_code(),
            "payment_method": random.choice(["credit_card", "paypal", "wire"]),
            "user_tier": random.choice(["bronze", "silver", "gold", "platinum"]),
            "discount_applied": random.random() < 0.15,
            "order_source": random.choice(["web", "mobile_app", "phone", "email_link"]),
        }


if __name__ == "__main__":
    maker = {"users": users, "events": events, "orders": orders}[sys.argv[1]]
    count = int(sys.argv[2])
    began = time.perf_counter()
    made = sum(1 for _ in maker(count))
    print(made / (time.perf_counter() - began))
