"""Rows of raw_orders: all orders before a clock in time order; each cell is a function of (user, history, position)."""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.saas.distributions import CATEGORIES, PAYMENTS, TIERS, WEIGHTS
from sbdk.datasets.saas.orders import CURRENCY_NAMES, DAY, converted, currency, order_cell
from sbdk.datasets.saas.purchase_histories import (
    Buyers,
    Histories,
    HistoryMaker,
    OrderThreshold,
    PlacedOrders,
    concatenated,
    find_threshold,
    in_chunks,
)
from sbdk.datasets.saas.settings import MONEY, Category, key_field
from sbdk.synth.cells import bits
from sbdk.synth.columns import decimals, timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.synth.timeline import I64

U32 = NDArray[np.uint32]
_DELAY_BITS = 46
"""A year has 2^44.8 microseconds."""


@dataclass(frozen=True)
class Ledger:
    """Orders in time order: user row, code (history × 8 + position), and sequence, the user's 1st, 2nd, …"""

    user: U32
    code: U32
    sequence: U32


class OrderPlan:
    """The ledgers, built on first use; thread-safe. Equal times are ordered by user, then history."""

    def __init__(self, maker: HistoryMaker, buyers: Buyers, anchor: int, rows: int) -> None:
        self.maker = maker
        self._buyers = buyers
        self._anchor = anchor
        self._rows = rows
        self._lock = RLock()
        self._threshold: OrderThreshold | None = None
        self._ledgers: dict[int, Ledger] = {}

    def ledger(self, clock: int) -> Ledger:
        """The orders before `clock` (microseconds since 1970); those of the last two clocks are cached."""
        with self._lock:
            if clock not in self._ledgers:
                recent = dict(list(self._ledgers.items())[-1:])
                self._ledgers = {**recent, clock: self._make_ledger(clock)}
            return self._ledgers[clock]

    def _make_ledger(self, clock: int) -> Ledger:
        users = self.maker.users.arrivals.before(clock) if self._rows else 0
        if not users:
            none = np.zeros(0, dtype=np.uint32)
            return Ledger(none, none, none)
        if self._threshold is None:
            self._threshold = find_threshold(self.maker, self._buyers, self._anchor, self._rows)
        threshold = self._threshold

        def keep(histories: Histories, placed: PlacedOrders) -> tuple[I64, U32, U32, U32]:
            kept = np.flatnonzero(threshold.admits(histories, placed) & (placed.instant < clock))
            user, code = placed.user.take(kept), placed.code.take(kept).astype(np.uint32)
            return placed.instant.take(kept), user.astype(np.uint32), code, _sequence(user, placed.delay.take(kept))

        parts = in_chunks(self.maker, self._buyers, users, threshold.limit, keep)
        instant, *columns = concatenated(parts)
        by_time = np.argsort(instant, kind="stable")
        del instant
        return Ledger(*(column.take(by_time) for column in columns))


def _sequence(user: I64, delay: I64) -> U32:
    """The rank of each order among its user's, from 1; equal times by code. The rows are in (user, code) order."""
    if not len(user):
        return user.astype(np.uint32)
    by_user = np.argsort(((user - user[0]) << _DELAY_BITS) + delay, kind="stable")
    owner = user.take(by_user)
    opening = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    sequence = np.empty(len(owner), dtype=np.uint32)
    sequence[by_user] = np.arange(1, len(owner) + 1) - np.repeat(opening, np.diff(np.append(opening, len(owner))))
    return sequence


_CATEGORY, _PAYMENT, _CURRENCY, _TIER = (Category(values) for values in (CATEGORIES, PAYMENTS, CURRENCY_NAMES, TIERS))
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
    preferred_batch = 131_072

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
        dollar_cents = orders.dollar_cents(cell, category, tier)
        money = currency(country)
        columns = [
            pa.array(np.arange(start + 1, stop + 1, dtype=np.int64)),
            pa.array(user + 1),
            pa.array(sequence),
            pa.array(sequence == 1),
            timestamps(instant),
            pa.array(((instant - users.created_at(user.astype(np.uint64))) // DAY).astype(np.int32)),
            _CATEGORY.column(category),
            decimals(converted(dollar_cents, money), 12, 2),
            _PAYMENT.column(orders.payment(paying, category, dollar_cents, country)),
            _CURRENCY.column(money),
            _TIER.column(tier),
            pa.array(orders.discount(paying, sequence)),
            _SOURCE.column(orders.source(word, tier)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
