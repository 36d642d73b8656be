"""Events by mimesis, one call per cell. Prints rows per second: python mimesis_rows.py 50000"""

import sys
import time
from datetime import datetime

from mimesis import Choice, Datetime, Internet, Numeric

TYPES = ["pageview", "login", "signup", "purchase", "add_to_cart", "search"]


def main(count: int) -> float:
    numeric, choice, moment, internet = Numeric(seed=42), Choice(seed=42), Datetime(seed=42), Internet(seed=42)
    began = time.perf_counter()
    for number in range(1, count + 1):
        _ = {
            "event_id": number,
            "user_id": numeric.integer_number(1, 10_000),
            "session_id": number // 3 + 1,
            "event_sequence": number % 3 + 1,
            "event_type": choice(TYPES),
            "timestamp": moment.datetime(start=2025, end=2025),
            "session_duration_planned": numeric.float_number(2, 50),
            "utm_source": choice(["google", "direct", "bing", "email", "social"]),
            "user_tier": choice(["bronze", "silver", "gold", "platinum"]),
            "device_type": choice(["desktop", "mobile", "tablet"]),
            "browser": choice(["chrome", "safari", "firefox", "edge"]),
            "page_url": internet.uri(),
        }
    assert isinstance(moment.datetime(), datetime)
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
