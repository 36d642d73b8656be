"""raw_orders as Arrow: the rows of the ledger, every cell made again from (user, story, place)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.synth.cells import bits
from sbdk.synth.columns import decimals, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.datasets.saas.fields import MONEY, Category, key_field
from sbdk.datasets.saas.defaults import CATEGORIES, COUNTRIES, CURRENCIES, PAYMENTS, TIERS, WEIGHTS
from sbdk.datasets.saas.order_plan import OrderPlan
from sbdk.datasets.saas.orders import DAY, order_cell

_CURRENCY_NAMES = tuple(dict.fromkeys(CURRENCIES.values()))
_CURRENCY_CODES = np.array([_CURRENCY_NAMES.index(CURRENCIES[code]) for code in COUNTRIES], dtype=np.int8)
_CATEGORY, _PAYMENT, _CURRENCY, _TIER = (Category(values) for values in (CATEGORIES, PAYMENTS, _CURRENCY_NAMES, TIERS))
_SOURCE = Category(tuple(WEIGHTS["order_sources"]))

SCHEMA = pa.schema(
    [
        key_field("order_id"),
        key_field("user_id"),
        pa.field("order_sequence", pa.int32()),
        pa.field("is_first_order", pa.bool_()),
        pa.field("order_timestamp", TIMESTAMP),
        pa.field("days_since_signup", pa.int32()),
        pa.field("product_category", _CATEGORY.type),
        pa.field("amount", MONEY),
        pa.field("payment_method", _PAYMENT.type),
        pa.field("currency", _CURRENCY.type),
        pa.field("user_tier", _TIER.type),
        pa.field("discount_applied", pa.bool_()),
        pa.field("order_source", _SOURCE.type),
    ]
)


class OrderTable:
    """Rows of raw_orders."""

    schema = SCHEMA
    at_once = 131_072

    def __init__(self, plan: OrderPlan) -> None:
        self._plan = plan

    def count(self, clock: int) -> int:
        """Orders before the clock."""
        return len(self._plan.ledger(clock).user)

    def prepare(self, rows: int) -> None:
        """Nothing to do."""

    def rows(self, start: int, stop: int, clock: int) -> pa.RecordBatch:
        """Rows start..stop−1, all of which lie before the clock."""
        ledger = self._plan.ledger(clock)
        users, orders = self._plan.maker.users, self._plan.maker.orders
        user, code = ledger.user[start:stop].astype(np.int64), ledger.code[start:stop].astype(np.int64)
        sequence = ledger.sequence[start:stop].astype(np.int32)
        cell = order_cell(user, code)
        person = users.traits(user.astype(np.uint64))
        tier, country = users.tier(person), users.country(person)
        instant = self._plan.maker.instants(user, code)
        word, paying = bits(orders.time_key, cell), bits(orders.payment_key, cell)
        category = orders.category(word, sequence == 1, tier)
        cents = orders.cents(cell, category, tier)
        columns = [
            pa.array(np.arange(start + 1, stop + 1, dtype=np.int64)),
            pa.array(user + 1),
            pa.array(sequence),
            pa.array(sequence == 1),
            timestamps(instant),
            pa.array(((instant - users.created_at(user.astype(np.uint64))) // DAY).astype(np.int32)),
            _CATEGORY.column(category),
            decimals(cents, 12, 2),
            _PAYMENT.column(orders.payment(paying, category, cents, country)),
            _CURRENCY.column(_CURRENCY_CODES.take(country)),
            _TIER.column(tier),
            pa.array(orders.discount(paying, sequence)),
            _SOURCE.column(orders.source(word, tier)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
