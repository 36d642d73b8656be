"""The sales: each one with its book, and the calendar of their days."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.grading.expected.catalogue import dim_books
from sbdk.datasets.bookstore.grading.expected.raw import (
    F64,
    I64,
    RawBookstore,
    cents,
    counts,
    dates,
    figures,
    money,
    ratio,
    texts,
)

DESCRIBED = (
    "publisher_id", "title", "author", "genre", "book_format", "language", "list_price", "price_category",
    "length_category", "publisher_name", "publisher_type",
)  # fmt: skip
"""What a sale repeats of its book."""
CHANNELS = ("Online", "Retail", "Wholesale", "Direct")


def fact_sales(raw: RawBookstore) -> pa.Table:
    """A row per sale."""
    sales, book = raw.sales, pa.array(raw.sold_book)
    books = dim_books(raw)
    return pa.table(
        {
            "transaction_id": texts(sales["transaction_id"]),
            "book_id": texts(sales["book_id"]),
            "sale_date": dates(raw.sold_on),
            "quantity": counts(raw.quantity),
            "unit_price": money(cents(sales["unit_price"])),
            "discount_percent": sales["discount_percent"].cast(pa.float64()),
            "gross_amount": money(raw.gross),
            "discount_amount": money(raw.gross - raw.paid),
            "total_amount": money(raw.paid),
            **{name: texts(sales[name]) for name in ("channel", "customer_type", "region")},
            **{name: books[name].take(book) for name in DESCRIBED},
            "created_at": sales["created_at"],
        }
    )


def sales_performance_daily(raw: RawBookstore) -> pa.Table:
    """A row per day from the start to the last day."""
    span = np.arange(raw.first_day, raw.last_day + 1)
    inside = raw.sold_on >= raw.first_day
    place = (raw.sold_on - raw.first_day)[inside]

    def total(values: I64) -> F64:
        return np.bincount(place, values[inside], len(span)).astype(np.float64)

    ones = np.ones_like(raw.quantity)
    transactions, gross, revenue = total(ones), total(raw.gross), total(raw.paid)
    different = np.unique(np.stack([place, raw.sold_book[inside]]), axis=1)[0]
    channel = np.array(texts(raw.sales["channel"]).to_pylist(), dtype=object)
    parts = {f"{name.lower()}_revenue": money(total(raw.paid * (channel == name))) for name in CHANNELS}
    week_before = np.concatenate([np.full(7, np.nan), revenue])[: len(span)]
    return pa.table(
        {
            "sale_date": dates(span),
            "transactions": counts(transactions),
            "books_sold": counts(np.bincount(different, minlength=len(span))),
            "units": counts(total(raw.quantity)),
            "gross_revenue": money(gross),
            "discount_amount": money(gross - revenue),
            "revenue": money(revenue),
            **parts,
            "average_transaction": figures(ratio(revenue, 100 * transactions)),
            "discount_percent": figures(ratio(100 * (gross - revenue), gross)),
            "average_7_days": figures(_trailing_mean(revenue, 7) / 100),
            "growth_7_days": figures(ratio(revenue - week_before, week_before)),
        }
    )


def _trailing_mean(values: F64, days: int) -> F64:
    """The mean of each day and of those up to days − 1 before it."""
    return np.array([values[max(0, end - days) : end].mean() for end in range(1, len(values) + 1)])
