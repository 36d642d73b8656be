"""Orders as pure cells of (user, history, position in it): time, category, amount, payment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sbdk.datasets.saas.distributions import (
    CATEGORIES,
    COUNTRIES,
    CURRENCIES,
    TIERS,
    UNITS_PER_EURO,
    WHOLE_UNITS,
    Weights,
    gamma_fraction,
    gamma_share,
)
from sbdk.synth.cells import U64, bits, cell_key, lane
from sbdk.synth.columns import choose_given, given_table, multiplied
from sbdk.synth.columns.choice import Codes
from sbdk.synth.timeline import HOUR, I64

DAY = 24 * HOUR
Row = tuple[float, ...]
_FIRST_MAX = 30.0 * DAY
_LATER_MAX = 365.0 * DAY
_CARDS_AT_HOME = [COUNTRIES.index(code) for code in ("US", "CA", "GB", "AU")]
_WIRE_ABOVE = 25_000
"""Dollar cents."""

_LOWEST = np.array([2_999, 999, 1_999], dtype=np.int64)
_HIGHEST = np.array([19_999, 7_999, 29_999], dtype=np.int64)
"""Dollar cents, by category."""
_TIER_TENTHS = np.array([[10, 12, 15, 20], [10, 11, 13, 16], [9, 10, 12, 15]], dtype=np.int64)
"""Multipliers by category and tier, in tenths."""
_MILLION = 1_000_000


class Orders:
    """Cells of raw_orders by (user row, code). code: history × 8 + position; 0 is the user's first order."""

    def __init__(self, seed: int, weights: Weights) -> None:
        def key(column: str) -> np.uint64:
            return cell_key(seed, "raw_orders", column)

        self.history_key = key("story")
        self.first_key = key("first_order")
        self.time_key = key("order_timestamp,product_category,order_source")
        self.amount_key = key("amount")
        self.payment_key = key("payment_method,discount_applied")
        self.history_slots = given_table([list(weights[f"stories.{tier}"].values()) for tier in TIERS])
        self.category_slots = given_table(_category_profiles(weights))
        self.payment_slots = given_table(_payment_profiles(weights))
        self.source_slots = given_table(_order_source_profiles(weights))
        self.discount_slots = given_table([[0.9, 0.1], [0.7, 0.3], [0.85, 0.15]])

    def history_sizes(self, user: I64, history: I64, tier: Codes) -> I64:
        """Number of orders of each purchase history: 1, 2–4 or 3–8."""
        random = bits(self.history_key, order_cell(user, history << 3))
        kind = choose_given(self.history_slots, tier, lane(random, 0))
        even = lane(random, 1).astype(np.int64)
        return np.where(kind == 0, 1, np.where(kind == 1, 2 + (even * 3 >> 16), 3 + (even * 6 >> 16)))

    def first_delay(self, user: I64) -> I64:
        """Microseconds from sign-up to the first order: Gamma(2, 7.5 days) truncated at 30 days."""
        share = (bits(self.first_key, user.astype(np.uint64)) >> np.uint64(32)).astype(np.float64) * 2.0**-32
        return (gamma_fraction(share) * _FIRST_MAX).astype(np.int64) + 1

    def later_delay(self, user: I64, code: I64, first: I64, owner: I64) -> I64:
        """Microseconds from sign-up: Gamma(2, 91.25 days) truncated at 365 days, given that it is after the first.

        `first` has the first order's delay once a user, `owner` the place there of each order. With u' = F(first) +
        (1 − F(first)) × u, the difference of quantiles is added to `first`, so it is never before it.
        """
        share = gamma_share(first.astype(np.float64) / _LATER_MAX)
        low = share.take(owner)
        u = (bits(self.time_key, order_cell(user, code)) >> np.uint64(32)).astype(np.float64) * 2.0**-32
        further = gamma_fraction((1.0 - low) * u + low) - gamma_fraction(share).take(owner)
        return (first + 1).take(owner) + np.maximum(further * _LATER_MAX, 0.0).astype(np.int64)

    def category(self, word: U64, first: NDArray[np.bool_], tier: Codes) -> Codes:
        return choose_given(self.category_slots, np.where(first, 0, 2) + _is_high_tier(tier), lane(word, 0))

    def source(self, word: U64, tier: Codes) -> Codes:
        return choose_given(self.source_slots, _is_high_tier(tier), lane(word, 1))

    def dollar_cents(self, cell: U64, category: Codes, tier: Codes) -> I64:
        """Base × tier multiplier × U(.9, 1.1), rounded half up to cents: the price in US dollars."""
        random = bits(self.amount_key, cell)
        lowest = _LOWEST.take(category)
        room = (_HIGHEST.take(category) - lowest + 1).astype(np.uint64)
        base = lowest + (((random >> np.uint64(32)) * room) >> np.uint64(32)).astype(np.int64)
        spread = ((random & np.uint64(0xFFFF_FFFF)) * np.uint64(200_001)) >> np.uint64(32)
        factor = _TIER_TENTHS.take(category.astype(np.intp) * 4 + tier) * (900_000 + spread.astype(np.int64))
        return (base * factor + 5 * _MILLION) // (10 * _MILLION)

    def payment(self, word: U64, category: Codes, dollar_cents: I64, country: Codes) -> Codes:
        abroad = ~np.isin(country, _CARDS_AT_HOME)
        profile = category.astype(np.intp) * 4 + (dollar_cents > _WIRE_ABOVE) * 2 + abroad
        return choose_given(self.payment_slots, profile, lane(word, 0))

    def discount(self, word: U64, sequence: NDArray[np.integer]) -> NDArray[np.bool_]:
        profile = np.where(sequence == 1, 1, np.where(sequence >= 5, 2, 0))
        return choose_given(self.discount_slots, profile, lane(word, 1)).astype(np.bool_)


CURRENCY_NAMES = tuple(UNITS_PER_EURO)
_UNITS = np.array(list(UNITS_PER_EURO.values()), dtype=np.int64)
_STEP = np.array([100 if name in WHOLE_UNITS else 1 for name in CURRENCY_NAMES], dtype=np.int64)
_CURRENCY_OF = np.array([CURRENCY_NAMES.index(CURRENCIES[code]) for code in COUNTRIES], dtype=np.int8)


def currency(country: Codes) -> NDArray[np.int8]:
    """The position in `CURRENCY_NAMES` of each country's currency."""
    return _CURRENCY_OF.take(country)


def converted(dollar_cents: I64, currency: NDArray[np.int8]) -> I64:
    """Hundredths of the currency, at one rate for all times; rounded half up to its smallest unit (a whole yen)."""
    step = _STEP.take(currency)
    twice = 2 * UNITS_PER_EURO["USD"] * step
    return (2 * dollar_cents * _UNITS.take(currency) + twice // 2) // twice * step


def order_cell(user: I64, code: I64) -> U64:
    """The row number under which an order's cells are drawn."""
    return (user.astype(np.uint64) << np.uint64(32)) + code.astype(np.uint64)


def _is_high_tier(tier: Codes) -> Codes:
    """1 for gold and platinum."""
    high: Codes = (tier >= TIERS.index("gold")).astype(np.uint8)
    return high


def _category_profiles(weights: Weights) -> list[Row]:
    """First order, first order of gold and platinum, later, later of gold and platinum."""
    boost = {"subscription": 1.2, "renewal": 1.3, "addon": 0.8}
    tables = (weights["product_categories.first"], weights["product_categories.later"])
    return [_times(table, factors) for table in tables for factors in ({}, boost)]


def _payment_profiles(weights: Weights) -> list[Row]:
    """By category, price above 250 dollars, and country outside US, CA, GB, AU."""
    large, far = {"credit_card": 0.9, "wire": 2.0}, {"paypal": 1.2, "wire": 1.5}
    return [
        _times(weights[f"payment_methods.{category}"], by_amount, by_country)
        for category in CATEGORIES
        for by_amount in ({}, large)
        for by_country in ({}, far)
    ]


def _order_source_profiles(weights: Weights) -> list[Row]:
    usual = weights["order_sources"]
    return [_times(usual), _times(usual, {"phone": 2.0, "web": 0.9})]


def _times(table: dict[str, float], *factors: dict[str, float]) -> Row:
    weights: Row = tuple(table.values())
    for by_name in factors:
        weights = multiplied(weights, tuple(table), by_name)
    return weights
