"""Users: sign-up, names, traits and propensities; and the rows of raw_users."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.datasets.saas.arrivals import Arrivals
from sbdk.datasets.saas.distributions import COUNTRIES, EMAIL_DOMAINS, REFERRERS, TIERS, WEEKDAYS, Weights
from sbdk.datasets.saas.orders import DAY
from sbdk.datasets.saas.settings import Category, key_field
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import apportion, choose, choose_given, given_table, lookup_table, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.columns.choice import Codes
from sbdk.synth.columns.names import NamePools, People
from sbdk.synth.timeline import HOUR, I64, Calendar
from sbdk.synth.vocab import LOCALES, names

EPOCH = datetime(1970, 1, 1)
WORKING_HOURS = range(9, 18)
_HOUR_WEIGHTS = np.array([35 if hour in WORKING_HOURS else 9 for hour in range(24)], dtype=np.int64)
"""70 % of a day in nine hours, 30 % in fifteen: .7/9 to .3/15 is 35 to 9."""
_IN_JAPAN = {"google": 0.7, "bing": 0.3, "direct": 1.2}


def microseconds(instant: datetime) -> int:
    """Since 1970, of a naive UTC time."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def referrer_profiles(weights: Weights) -> list[list[float]]:
    """Referrer weights everywhere (profile 0) and in Japan (profile 1)."""
    usual = weights["referrers"]
    return [[usual[r] for r in REFERRERS], [usual[r] * _IN_JAPAN.get(r, 1.0) for r in REFERRERS]]


class Users:
    """Cells of raw_users by 0-based row."""

    def __init__(self, seed: int, start: datetime, anchor: datetime, rows: int, weights: Weights) -> None:
        self.rows = rows
        self.weekday = start.weekday()
        self._day_weights = apportion(list(weights["weekdays"].values()))
        hours = (microseconds(anchor) - microseconds(start)) // HOUR
        if not self._weigh(0, hours).any():
            raise ConfigError("distributions.weekdays: no day between start_date and end_date has a weight")
        calendar = Calendar(microseconds(start), hours, self._weigh)
        self.arrivals = Arrivals(calendar, rows, cell_key(seed, "raw_users", "created_at"), early_first=True)
        self.traits_key = cell_key(seed, "raw_users", "tier,country,referrer,email_domain")
        self.propensities_key = cell_key(seed, "raw_users", "activity_propensity,purchase_propensity")
        self.tier_slots = lookup_table(list(weights["tiers"].values()))
        self.country_slots = lookup_table(list(weights["countries"].values()))
        self.referrer_slots = given_table(referrer_profiles(weights))

    def _weigh(self, first: int, last: int) -> I64:
        hour = np.arange(first, last, dtype=np.int64)
        return self._day_weights.take((hour // 24 + self.weekday) % 7) * _HOUR_WEIGHTS.take(hour % 24)

    def created_at(self, rows: U64) -> I64:
        """Sign-up in microseconds since 1970; ascends with the row."""
        return self.arrivals.instants(rows)

    def present(self, hours: I64) -> I64:
        """How many users have signed up before the start of each hour."""
        edges = self.arrivals.calendar.reach_hour(int(hours.max(initial=0)))
        return self.arrivals.below(edges.take(hours))

    def traits(self, rows: U64) -> U64:
        """The random word behind tier, country, referrer and e-mail domain: one lane each, in this order."""
        return bits(self.traits_key, rows)

    def tier(self, traits: U64) -> Codes:
        return choose(self.tier_slots, lane(traits, 0))

    def country(self, traits: U64) -> Codes:
        return choose(self.country_slots, lane(traits, 1))

    def referrer(self, traits: U64, country: Codes) -> Codes:
        return choose_given(self.referrer_slots, profile_of(country), lane(traits, 2))

    def activity(self, rows: U64) -> NDArray[np.float64]:
        """U(.1, 1), from the upper 32 bits of the word of propensities."""
        high = (bits(self.propensities_key, rows) >> np.uint64(32)).astype(np.float64)
        return high * (0.9 * 2.0**-32) + 0.1

    def purchase(self, rows: U64) -> NDArray[np.float64]:
        """U(0, .8), never 0, from the lower 32 bits."""
        low = (bits(self.propensities_key, rows) & np.uint64(0xFFFF_FFFF)).astype(np.float64)
        return (low + 0.5) * (0.8 * 2.0**-32)


def profile_of(country: Codes) -> Codes:
    """The referrer profile of each country."""
    japan: Codes = (country == COUNTRIES.index("JP")).astype(np.uint8)
    return japan


BY_COUNTRY = "country"
_SEPARATORS = (".", "_", "-", ".")


class UserNames:
    """Names and e-mail addresses, by 0-based row and country. locale: "country", or one locale for all names."""

    def __init__(self, seed: int, locale: str) -> None:
        if locale != BY_COUNTRY and locale not in LOCALES:
            known = ", ".join([BY_COUNTRY, *LOCALES])
            raise ConfigError(f"locale: {locale!r} is not known", hint=f"known: {known}")
        self.pools = NamePools([names(code if locale == BY_COUNTRY else LOCALES[locale]) for code in COUNTRIES])
        self._domains = pa.array([f"@{domain}" for code in COUNTRIES for domain in EMAIL_DOMAINS[code]])
        self._key = cell_key(seed, "raw_users", "name")
        self._style_key = cell_key(seed, "raw_users", "email.separator")

    def people(self, rows: U64, country: Codes) -> People:
        """The person of each row."""
        return self.pools.people(self._key, rows, country)

    def email(self, rows: U64, people: People, domain: I64) -> pa.StringArray:
        """first, separator, last, number (none for 0), @domain."""
        style = pa.array(_SEPARATORS).take(pa.array(lane(bits(self._style_key, rows), 0) & 3))
        return self.pools.addresses(people, style, self._domains.take(pa.array(domain)))

    def domain(self, word: U64, country: Codes) -> I64:
        """Index of one of the country's four domains, even."""
        return country.astype(np.int64) * 4 + (lane(word, 3) & 3)


def domain_names() -> list[str]:
    """The domain of each index that `UserNames.domain` gives."""
    return [domain for code in COUNTRIES for domain in EMAIL_DOMAINS[code]]


_HOUR = DAY // 24
_THURSDAY = 3
"""1970-01-01, as a weekday from Monday = 0."""
_COUNTRY, _REFERRER, _TIER, _DAY = (Category(values) for values in (COUNTRIES, REFERRERS, TIERS, WEEKDAYS))
_DOMAIN_NAMES = sorted(set(domain_names()))
_DOMAIN = Category(_DOMAIN_NAMES)
_DOMAIN_CODES = np.array([_DOMAIN_NAMES.index(name) for name in domain_names()], dtype=np.int8)

SCHEMA = pa.schema(
    [
        key_field("user_id"),
        pa.field("created_at", TIMESTAMP),
        pa.field("country", _COUNTRY.type),
        pa.field("referrer", _REFERRER.type),
        pa.field("name", pa.string()),
        pa.field("email", pa.string()),
        pa.field("email_domain", _DOMAIN.type),
        pa.field("signup_day_of_week", _DAY.type),
        pa.field("signup_hour", pa.int32()),
        pa.field("is_weekend_signup", pa.bool_()),
        pa.field("user_tier", _TIER.type),
        pa.field("activity_propensity", pa.float64()),
        pa.field("purchase_propensity", pa.float64()),
    ]
)


class UserTable:
    """Rows of raw_users."""

    schema = SCHEMA
    preferred_batch = 131_072

    def __init__(self, users: Users, user_names: UserNames) -> None:
        self._users = users
        self._names = user_names

    def count(self, clock: int) -> int:
        """Users who signed up before the clock."""
        return self._users.arrivals.before(clock)

    def prepare(self, rows: int) -> None:
        """Nothing to do."""

    def rows(self, start: int, stop: int, clock: int) -> pa.RecordBatch:
        """Rows start..stop−1, all of which lie before the clock."""
        rows = np.arange(start, stop, dtype=np.uint64)
        created = self._users.created_at(rows)
        word = self._users.traits(rows)
        country = self._users.country(word)
        weekday = (created // DAY + _THURSDAY) % 7
        people = self._names.people(rows, country)
        domain = self._names.domain(word, country)
        columns = [
            pa.array(rows.astype(np.int64) + 1),
            timestamps(created),
            _COUNTRY.column(country),
            _REFERRER.column(self._users.referrer(word, country)),
            self._names.pools.names(people),
            self._names.email(rows, people, domain),
            _DOMAIN.column(_DOMAIN_CODES.take(domain)),
            _DAY.column(weekday),
            pa.array((created % DAY // _HOUR).astype(np.int32)),
            pa.array(weekday >= 5),
            _TIER.column(self._users.tier(word)),
            pa.array(self._users.activity(rows)),
            pa.array(self._users.purchase(rows)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
