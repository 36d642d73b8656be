"""The saas tables once more, in plain Python, one row at a time: a slow oracle for the fast one.

Whole numbers and floats only, no NumPy in a value (the frozen tables are read with it and checked elsewhere).
"""

import json
from bisect import bisect_right
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, reduce
from hashlib import blake2b
from itertools import accumulate, pairwise
from math import floor
from operator import add
from pathlib import Path

import numpy as np

import sbdk.datasets.saas as package
import sbdk.synth.vocab as vocab

WORD = 2**64
HOUR = 3_600_000_000
DAY = 24 * HOUR
COUNTRIES = ["US", "GB", "CA", "AU", "DE", "FR", "JP"]
COUNTRY_WEIGHTS = [0.40, 0.15, 0.12, 0.08, 0.10, 0.08, 0.07]
REFERRERS = ["google", "direct", "bing", "email", "social", "referral"]
REFERRER_WEIGHTS = [0.35, 0.25, 0.15, 0.12 * 1.3, 0.08 * 1.4, 0.05]
JAPAN = [0.35 * 0.7, 0.25 * 1.2, 0.15 * 0.3, 0.12 * 1.3, 0.08 * 1.4, 0.05]
TIERS = ["bronze", "silver", "gold", "platinum"]
TYPES = ["pageview", "login", "signup", "purchase", "add_to_cart", "search"]
BY_TIER = [
    [0.60, 0.20, 0.05, 0.03, 0.08, 0.04],
    [0.45, 0.25, 0.02, 0.08, 0.12, 0.08],
    [0.35, 0.20, 0.01, 0.15, 0.15, 0.14],
    [0.25, 0.15, 0.01, 0.25, 0.20, 0.14],
]
PAGES = {
    "pageview": ["/home", "/products", "/about", "/blog", "/pricing"],
    "login": ["/login", "/account"],
    "signup": ["/signup", "/register"],
    "purchase": ["/checkout", "/payment"],
    "add_to_cart": [f"/{shelf}/{n}" for shelf in ("products", "shop") for n in range(1, 1001)],
    "search": ["/search", "/products"],
}
RHYTHM = [3, 2, 2, 2, 2, 3, 5, 8, 12, 15, 16, 16, 15, 16, 16, 15, 14, 13, 13, 14, 14, 12, 8, 5]
WEEK = [11, 11, 11, 11, 10, 7, 8]
CURRENCY = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "DE": "EUR", "FR": "EUR", "JP": "JPY"}
PER_EURO = {"USD": "1.0389", "CAD": "1.4948", "GBP": "0.82918", "AUD": "1.6772", "EUR": "1", "JPY": "163.06"}
ELSEWHERE = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com"]
DOMAINS = dict.fromkeys(COUNTRIES, ELSEWHERE) | {
    "GB": ["gmail.com", "yahoo.co.uk", "hotmail.co.uk", "btinternet.com"],
    "DE": ["gmail.com", "web.de", "gmx.de", "yahoo.de"],
    "JP": ["gmail.com", "yahoo.co.jp", "hotmail.co.jp", "nifty.com"],
}
_DATA = Path(package.__file__).parent / "data"
GAPS, GAMMA, SIZES = (
    np.load(_DATA / f"{name}.npy").tolist() for name in ("exponential_gaps", "gamma_days", "session_sizes")
)
NAMES = json.loads((Path(vocab.__file__).parent / "names.json").read_text("utf-8"))


def key(seed: int, table: str, column: str) -> int:
    return int.from_bytes(blake2b(f"{seed}/{table}/{column}".encode(), digest_size=8).digest(), "little")


def word(of: int, row: int) -> int:
    """splitmix64's finaliser over row × golden + key."""
    z = (row * 0x9E3779B97F4A7C15 + of) % WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % WORD
    return z ^ (z >> 31)


def lane(random: int, index: int) -> int:
    return random >> (16 * index) & 0xFFFF


@cache
def share_out(weights: tuple) -> list[int]:
    """65,536 slots by largest remainder, in fractions: the first slot after each value's."""
    whole = sum(map(Fraction, weights))
    shares = [Fraction(weight) / whole * 65_536 for weight in weights]
    counts = [int(share) for share in shares]
    by_rest = sorted((i for i in range(len(weights)) if shares[i] > 0), key=lambda i: (counts[i] - shares[i], i))
    for i in by_rest[: 65_536 - sum(counts)]:
        counts[i] += 1
    return list(accumulate(counts))


def choose(weights: list, slot: int) -> int:
    """The value that holds `slot`."""
    return bisect_right(share_out(tuple(weights)), slot)


def gamma(u: float) -> float:
    cell = int(u * 65_536)
    return (GAMMA[cell + 1] - GAMMA[cell]) * (u * 65_536 - cell) + GAMMA[cell]


def gamma_inverse(x: float) -> float:
    cell = bisect_right(GAMMA, x) - 1
    return (cell + (x - GAMMA[cell]) / (GAMMA[cell + 1] - GAMMA[cell])) * (1.0 / 65_536)


@cache
def slots_of(kind: str, spelling: str) -> list[int]:
    """The slots that hold a spelling in any country."""
    return [
        slot
        for slot in range(1_024)
        if any(names[f"{kind}_ascii"][names[f"{kind}_slots"][slot]] == spelling for names in NAMES.values())
    ]


def moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=microseconds)


def in_currency(dollar_cents: int, currency: str) -> Decimal:
    """At the rates of the European Central Bank on the last day of 2024, half up to the smallest unit."""
    unit = 1 if currency == "JPY" else Fraction(1, 100)
    exact = Fraction(dollar_cents, 100) * Fraction(PER_EURO[currency]) / Fraction(PER_EURO["USD"])
    return Decimal(floor(exact / unit + Fraction(1, 2))) * (1 if unit == 1 else Decimal("0.01"))


class Warp:
    """Row i at an even place in stratum i of the mass before the anchor."""

    def __init__(self, of: int, start: int, weights: list, hours: int, rows: int, halve_first: bool) -> None:
        self.key, self.start, self.rows, self.halve_first = of, start, rows, halve_first
        shift = 52 - sum(weights[:hours]).bit_length()
        self.edges = [0]
        for weight in weights:
            self.edges.append(self.edges[-1] + (weight << shift))
        self.total = self.edges[hours]

    def place(self, row: int) -> int:
        low, high = row * self.total // self.rows, (row + 1) * self.total // self.rows
        room = (high - low) * 0.5 if self.halve_first and row == 0 else float(high - low)
        return low + int((word(self.key, row) >> 11) * 2.0**-53 * room)

    def hour_and_rest(self, row: int) -> tuple[int, int]:
        place = self.place(row)
        hour = bisect_right(self.edges, place) - 1
        return hour, int((place - self.edges[hour]) / (self.edges[hour + 1] - self.edges[hour]) * HOUR)

    def instant(self, row: int) -> int:
        hour, rest = self.hour_and_rest(row)
        return self.start + hour * HOUR + rest


class SlowSaas:
    """A world of `days` days at the default weights, given how many sessions start before the anchor."""

    def __init__(self, seed: int, start: datetime, days: int, users: int, sessions: int) -> None:
        self.seed = seed
        begin = (start - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        first_day = start.weekday()
        self._words: dict[tuple[str, str], int] = {}
        ends = share_out((1.7, 1.35, 1.0, 1.0, 1.0, 0.3, 0.65))
        week = [end - before for before, end in pairwise([0, *ends])]
        hours = [week[(h // 24 + first_day) % 7] * (35 if 9 <= h % 24 <= 17 else 9) for h in range(2 * days * 24)]
        self.signup = Warp(key(seed, "raw_users", "created_at"), begin, hours, days * 24, users, True)
        places = [self.signup.place(row) for row in range(users)]
        self.present = [bisect_right(places, edge - 1) for edge in self.signup.edges[: days * 24 + 1]]
        masses = [RHYTHM[h % 24] * WEEK[(h // 24 + first_day) % 7] * self.present[h] for h in range(days * 24)]
        self.opening = Warp(key(seed, "sessions", "start"), begin, masses, days * 24, sessions, False)

    def cell(self, table: str, column: str, row: int) -> int:
        if (table, column) not in self._words:
            self._words[table, column] = key(self.seed, table, column)
        return word(self._words[table, column], row)

    def traits(self, row: int) -> tuple[int, int, int, int]:
        """Tier, country, referrer, domain, as numbers."""
        random = self.cell("raw_users", "tier,country,referrer,email_domain", row)
        country = choose(COUNTRY_WEIGHTS, lane(random, 1))
        referrer = choose(JAPAN if country == 6 else REFERRER_WEIGHTS, lane(random, 2))
        return choose([0.60, 0.25, 0.12, 0.03], lane(random, 0)), country, referrer, lane(random, 3) % 4

    def propensities(self, row: int) -> tuple[float, float]:
        random = self.cell("raw_users", "activity_propensity,purchase_propensity", row)
        return (random >> 32) * (0.9 * 2.0**-32) + 0.1, (random % 2**32 + 0.5) * (0.8 * 2.0**-32)

    def user(self, row: int) -> dict:
        tier, country, referrer, domain = self.traits(row)
        created = moment(self.signup.instant(row))
        names = NAMES[COUNTRIES[country]]
        block, low = divmod(row, 2**20)
        mixer = self.cell("raw_users", "name", block)
        for turn, odd in enumerate((0x9E375, 0xC2B2B, 0x6F4BD)):
            low = (low + (mixer >> 20 * turn)) * odd % 2**20
            low ^= low >> (9 + turn)
        slots = divmod(low, 1_024)
        first, last = names["first_slots"][slots[0]], names["last_slots"][slots[1]]
        number = block
        for kind, slot, at in zip(("first", "last"), slots, (first, last), strict=True):
            same = slots_of(kind, names[f"{kind}_ascii"][at])
            number = number * len(same) + same.index(slot)
        mark = "._-."[self.cell("raw_users", "email.separator", row) % 4]
        host = DOMAINS[COUNTRIES[country]][domain]
        whole = [names["first"][first], names["last"][last]]
        activity, purchase = self.propensities(row)
        return {
            "user_id": row + 1,
            "created_at": created,
            "country": COUNTRIES[country],
            "referrer": REFERRERS[referrer],
            "name": " ".join(reversed(whole) if country == 6 else whole),
            "email": f"{names['first_ascii'][first]}{mark}{names['last_ascii'][last]}{number or ''}@{host}",
            "email_domain": host,
            "signup_day_of_week": created.strftime("%A"),
            "signup_hour": created.hour,
            "is_weekend_signup": created.weekday() >= 5,
            "user_tier": TIERS[tier],
            "activity_propensity": activity,
            "purchase_propensity": purchase,
        }

    def size(self, session: int) -> int:
        random = self.cell("sessions", "size", session)
        slot, part = random >> 58, random >> 26 & 0xFFFF_FFFF
        return slot if part < SIZES[0][slot] else SIZES[1][slot]

    def session_user(self, session: int) -> int:
        hour, rest = self.opening.hour_and_rest(session)
        for turn in range(32):
            random = self.cell("sessions", "user_id", session * 32 + turn)
            row = (random >> 32) * self.present[hour + 1] >> 32
            late = row >= self.present[hour] and self.signup.hour_and_rest(row)[1] >= rest
            if random % 2**32 * 2.0**-32 < self.propensities(row)[0] and not late:
                return row
        raise AssertionError("one in 10^11")

    def session(self, session: int) -> list[dict]:
        """The events of a session that is not cut, without their ids."""
        size, user = self.size(session), self.session_user(session)
        tier, country, referrer, _ = self.traits(user)
        random = self.cell("sessions", "device_type,browser,duration", session)
        minutes = 2 + lane(random, 2) * 19 // 65_536
        factor = [1.0, 1.5, 2.0, 2.5][tier]
        cap = int(minutes * factor * 60_000_000) // size
        instant, events = self.opening.instant(session), []
        for place in range(size):
            cell = session * 64 + place
            chance = self.cell("raw_events", "timestamp,event_type,utm_source", cell)
            if place:
                knot = lane(chance, 0)
                gap = GAPS[knot] + ((GAPS[knot + 1] - GAPS[knot]) * lane(chance, 1) >> 16)
                instant += min(gap + 1, cap)
            kind = TYPES[choose(BY_TIER[tier], lane(chance, 2))]
            pages = PAGES[kind]
            page = (self.cell("raw_events", "page_url", cell) >> 32) * len(pages) >> 32
            events.append(
                {
                    "user_id": user + 1,
                    "session_id": session + 1,
                    "event_sequence": place + 1,
                    "event_type": kind,
                    "timestamp": moment(instant),
                    "session_duration_planned": minutes * factor,
                    "utm_source": self.source(kind, country, referrer, lane(chance, 3)),
                    "user_tier": TIERS[tier],
                    "device_type": ["desktop", "mobile", "tablet"][choose([0.45, 0.45, 0.10], lane(random, 0))],
                    "browser": ["chrome", "safari", "firefox", "edge", "opera", "other"][
                        choose([0.65, 0.18, 0.08, 0.06, 0.02, 0.01], lane(random, 1))
                    ],
                    "page_url": pages[page],
                }
            )
        return events

    def source(self, kind: str, country: int, referrer: int, slot: int) -> str:
        others = JAPAN if country == 6 else REFERRER_WEIGHTS
        if kind in ("purchase", "add_to_cart"):
            others = [0.3, 0.2, 0.0, 0.4, 0.1, 0.0]
        drawn = choose([0.7, *((1 - 0.7) * weight / reduce(add, others, 0.0) for weight in others)], slot)
        return REFERRERS[referrer if drawn == 0 else drawn - 1]

    def order(self, user: int, story: int, place: int, sequence: int) -> dict:
        """One order, given which of the user's it is."""
        tier, country, _, _ = self.traits(user)
        first = int(gamma((self.cell("raw_orders", "first_order", user) >> 32) * 2.0**-32) * (30.0 * DAY)) + 1
        cell = (user << 32) + story * 8 + place
        random = self.cell("raw_orders", "order_timestamp,product_category,order_source", cell)
        delay = first
        if story or place:
            low = gamma_inverse(first / (365.0 * DAY))
            u = (1.0 - low) * ((random >> 32) * 2.0**-32) + low
            delay = first + 1 + int(max((gamma(u) - gamma(low)) * (365.0 * DAY), 0.0))
        dear = tier >= 2
        usual = [0.6, 0.3, 0.1] if sequence == 1 else [0.3, 0.4, 0.3]
        boost = [1.2, 0.8, 1.3] if dear else [1.0, 1.0, 1.0]
        category = choose([a * b for a, b in zip(usual, boost, strict=True)], lane(random, 0))
        cents = self.cents(cell, category, tier)
        paying = self.cell("raw_orders", "payment_method,discount_applied", cell)
        discount = 0.3 if sequence == 1 else 0.15 if sequence >= 5 else 0.1
        web, phone = (0.6 * 0.9, 0.10 * 2.0) if dear else (0.6, 0.10)
        return {
            "user_id": user + 1,
            "order_sequence": sequence,
            "is_first_order": sequence == 1,
            "order_timestamp": moment(self.signup.instant(user) + delay),
            "days_since_signup": delay // DAY,
            "product_category": ["subscription", "addon", "renewal"][category],
            "amount": in_currency(cents, CURRENCY[COUNTRIES[country]]),
            "payment_method": self.payment(paying, category, cents, country),
            "currency": CURRENCY[COUNTRIES[country]],
            "user_tier": TIERS[tier],
            "discount_applied": choose([1 - discount, discount], lane(paying, 1)) == 1,
            "order_source": ["web", "mobile_app", "phone", "email_link"][
                choose([web, 0.25, phone, 0.05], lane(random, 1))
            ],
        }

    def cents(self, cell: int, category: int, tier: int) -> int:
        random = self.cell("raw_orders", "amount", cell)
        low, high = [(2_999, 19_999), (999, 7_999), (1_999, 29_999)][category]
        base = low + ((random >> 32) * (high - low + 1) >> 32)
        tenths = [[10, 12, 15, 20], [10, 11, 13, 16], [9, 10, 12, 15]][category][tier]
        millionths = 900_000 + (random % 2**32 * 200_001 >> 32)
        return (base * tenths * millionths + 5_000_000) // 10_000_000

    def payment(self, random: int, category: int, cents: int, country: int) -> str:
        card, paypal, wire = [(0.70, 0.25, 0.05), (0.60, 0.35, 0.05), (0.80, 0.18, 0.02)][category]
        if cents > 25_000:
            card, wire = card * 0.9, wire * 2.0
        if COUNTRIES[country] not in ("US", "CA", "GB", "AU"):
            paypal, wire = paypal * 1.2, wire * 1.5
        return ["credit_card", "paypal", "wire"][choose([card, paypal, wire], lane(random, 0))]
