"""raw_users as Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.synth.columns import timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.datasets.saas.fields import Category, key_field
from sbdk.datasets.saas.defaults import COUNTRIES, REFERRERS, TIERS, WEEKDAYS
from sbdk.datasets.saas.orders import DAY
from sbdk.datasets.saas.people import People, domain_names
from sbdk.datasets.saas.users import Users

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
    at_once = 131_072

    def __init__(self, users: Users, people: People) -> None:
        self._users = users
        self._people = people

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
        pair, number = self._people.pair(rows)
        domain = self._people.domain(word, country)
        columns = [
            pa.array(rows.astype(np.int64) + 1),
            timestamps(created),
            _COUNTRY.column(country),
            _REFERRER.column(self._users.referrer(word, country)),
            self._people.name(pair, country),
            self._people.email(rows, pair, number, country, domain),
            _DOMAIN.column(_DOMAIN_CODES.take(domain)),
            _DAY.column(weekday),
            pa.array((created % DAY // _HOUR).astype(np.int32)),
            pa.array(weekday >= 5),
            _TIER.column(self._users.tier(word)),
            pa.array(self._users.activity(rows)),
            pa.array(self._users.purchase(rows)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
