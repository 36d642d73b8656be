"""The features of each book, as of the morning of some day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.grading.expected.raw import (
    F64,
    I64,
    Flags,
    RawBookstore,
    cents,
    counts,
    dates,
    day_number,
    day_of,
    figures,
    money,
    ratio,
    texts,
    whole,
)
from sbdk.datasets.bookstore.grading.expected.sales import CHANNELS, dim_books

CUSTOMERS = ("Individual", "Business", "Educational")
DAYS = 30
"""The days that "the last 30 days" are."""


def book_features(raw: RawBookstore) -> pa.Table:
    """A row per book that was listed before the day of the clock."""
    return _as_of(raw, raw.today)


def book_features_history(raw: RawBookstore) -> pa.Table:
    """The same on every first of a month after the start, and on the day of the clock."""
    month, mornings = raw.start, {raw.today}
    while (first := day_number(_next_month(month))) <= raw.today:
        mornings.add(first)
        month = day_of(first)
    return pa.concat_tables([_as_of(raw, morning) for morning in sorted(mornings)])


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _as_of(raw: RawBookstore, morning: int) -> pa.Table:
    """What happened before the day `morning`."""
    rows = np.flatnonzero(raw.listed < morning)
    books = dim_books(raw).take(pa.array(rows))
    past = raw.sold_on < morning

    def total(values: I64, only: Flags = past) -> F64:
        return np.bincount(raw.sold_book[only], values[only], raw.books.num_rows)[rows].astype(np.float64)

    ones, units = np.ones_like(raw.quantity), raw.quantity
    recent = past & (raw.sold_on >= morning - DAYS)
    earlier = past & (raw.sold_on >= morning - 2 * DAYS) & ~recent
    all_units, recent_units, earlier_units = (total(units, only) for only in (past, recent, earlier))
    transactions, gross, revenue = total(ones), total(raw.gross), total(raw.paid)
    a_day = recent_units / np.minimum(DAYS, morning - raw.listed[rows])
    discounted = total((raw.sales["discount_percent"].cast(pa.float64()).to_numpy() > 0).astype(np.int64))
    price, pages = cents(raw.books["price"])[rows], whole(raw.books["page_count"])[rows]
    copied = ("genre", "book_format", "language", "price_category", "length_category", "list_price", "page_count")
    return pa.table(
        {
            "book_id": books["book_id"],
            "as_of_date": dates(np.full(len(rows), morning)),
            **{name: books[name] for name in copied},
            "price_per_page": figures(ratio(price, 100 * pages)),
            "age_months": counts(np.array([_months(day_of(day), day_of(morning)) for day in raw.listed[rows]], int)),
            "transactions_total": counts(transactions),
            "units_total": counts(all_units),
            "revenue_total": money(revenue),
            "average_unit_revenue": figures(ratio(revenue, 100 * all_units)),
            "days_since_last_sale": counts(morning - _last_sale(raw, past)[rows]),
            "transactions_30": counts(total(ones, recent)),
            "units_30": counts(recent_units),
            "revenue_30": money(total(raw.paid, recent)),
            "units_per_day_30": figures(a_day),
            "velocity_score": figures(100 * _percentile(a_day)),
            "velocity_trend": figures(ratio(recent_units - earlier_units, earlier_units)),
            "discount_share": figures(ratio(gross - revenue, gross)),
            "discounted_share": figures(ratio(discounted, transactions)),
            **_mix(raw, "channel", CHANNELS, past, rows, all_units),
            **_mix(raw, "customer_type", CUSTOMERS, past, rows, all_units),
        }
    )


def _mix(
    raw: RawBookstore, column: str, names: tuple[str, ...], past: Flags, rows: I64, units: F64
) -> dict[str, pa.Array]:
    """The share of each value of a column in the copies sold."""
    value = np.array(texts(raw.sales[column]).to_pylist(), dtype=object)
    shares = {}
    for name in names:
        only = past & (value == name)
        part = np.bincount(raw.sold_book[only], raw.quantity[only], raw.books.num_rows)[rows]
        shares[f"{name.lower()}_share"] = figures(ratio(part, units))
    return shares


def _last_sale(raw: RawBookstore, past: Flags) -> F64:
    """The day of each book's last sale; NaN without one."""
    last = np.full(raw.books.num_rows, -np.inf)
    np.maximum.at(last, raw.sold_book[past], raw.sold_on[past])
    return np.where(np.isinf(last), np.nan, last)


def _percentile(values: F64) -> F64:
    """The share of the others that are smaller, 0..1."""
    return np.searchsorted(np.sort(values), values, side="left") / max(len(values) - 1, 1)


def _months(since: date, until: date) -> int:
    """Whole months between two days; the 31st becomes the last day of a shorter month."""
    months = (until.year - since.year) * 12 + until.month - since.month
    last = monthrange(until.year, until.month)[1]
    return months - (until.day < min(since.day, last))
