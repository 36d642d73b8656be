"""The dimensions: each book with its publisher, each publisher with its books."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.datasets.bookstore.grading.expected.raw import I64, RawBookstore, cents, counts, dates, money, texts, whole

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
