"""The sales and their dimensions: each sale with its book, each book with its publisher, and the calendar of sales."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

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
    whole,
)

LENGTHS = ("Short", "Medium", "Long", "Very Long")
PAGES = (150, 300, 500)
"""The first number of pages of each length but the first."""
PRICES = ("Budget", "Standard", "Premium", "Luxury")
CENTS = (1_500, 3_000, 5_000)
"""The least price of each category but the first."""


def dim_books(raw: RawBookstore) -> pa.Table:
    """A row per book."""
    books, house = raw.books, pa.array(raw.house_of)
    names = {name: texts(raw.publishers[name]).take(house) for name in ("publisher_name", "publisher_type")}
    copied = {name: texts(books[name]) for name in ("book_id", "isbn", "title", "author", "publisher_id")}
    return pa.table(
        {
            **copied,
            **names,
            "genre": texts(books["genre"]),
            "book_format": texts(books["format"]),
            "language": texts(books["language"]),
            "publication_year": whole(books["publication_year"]),
            "page_count": whole(books["page_count"]),
            "length_category": category(whole(books["page_count"]), PAGES, LENGTHS),
            "list_price": money(cents(books["price"])),
            "price_category": category(cents(books["price"]), CENTS, PRICES),
            "listed_date": dates(raw.listed),
            "created_at": books["created_at"],
        }
    )


def dim_publishers(raw: RawBookstore) -> pa.Table:
    """A row per publisher."""
    houses, rows = raw.publishers, raw.publishers.num_rows
    first = np.full(rows, np.iinfo(np.int64).max)
    np.minimum.at(first, raw.house_of, whole(raw.books["created_at"].cast(pa.timestamp("us"))))
    books = np.bincount(raw.house_of, minlength=rows)
    status = texts(houses["active_status"])
    return pa.table(
        {
            **{name: texts(houses[name]) for name in ("publisher_id", "publisher_name", "publisher_type", "country")},
            "established_year": whole(houses["established_year"]),
            "total_titles": whole(houses["total_titles"]),
            "active_status": status,
            "is_active": np.array([value == "Active" for value in status.to_pylist()]),
            "books_listed": counts(books),
            "first_listed_at": pa.array(np.where(books, first, 0), mask=books == 0).cast(pa.timestamp("us")),
            "created_at": houses["created_at"],
        }
    )


def category(values: I64, bounds: tuple[int, ...], names: tuple[str, ...]) -> pa.Array:
    """The name of the range that holds each value; a bound belongs to the range that it begins."""
    return pa.array(names).take(pa.array(np.searchsorted(bounds, values, side="right")))


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
