"""Users as pure cells: when each signs up, who they are, how active and how likely to buy."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import apportion, choose, choose_given, given_table, lookup_table
from sbdk.synth.columns.choice import Codes
from sbdk.datasets.saas.arrivals import HOUR, I64, Arrivals, Calendar
from sbdk.datasets.saas.defaults import COUNTRIES, REFERRERS
from sbdk.datasets.saas.weights import Weights

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
