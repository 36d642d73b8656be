"""The marts against plain Python over the raw rows, and what a buyer is told at the borders of each definition."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.transform import Worker
from support.book_world import CENT, CHANNELS, DAYS, START, Bookshop, Row, fill, sale

DAY = timedelta(days=1)
LAST = date(2025, 12, 31)


def rows(database: Path, sql: str) -> list[Row]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_books_are_sorted_into_categories_at_their_borders(bookshop: Bookshop, bookstore_built: Path) -> None:
    pages = {149: "Short", 150: "Medium", 299: "Medium", 300: "Long", 499: "Long", 500: "Very Long"}
    prices = {
        "14.99": "Budget",
        "15": "Standard",
        "29.99": "Standard",
        "30": "Premium",
        "49.99": "Premium",
        "50": "Luxury",
    }
    found = {row["book_id"]: row for row in rows(bookstore_built, "from analytics.dim_books")}
    for book in bookshop.books:
        row = found[book["book_id"]]
        assert row["length_category"] == pages[book["page_count"]]
        assert row["price_category"] == prices[str(book["price"])]
    assert {row["length_category"] for row in found.values()} == set(pages.values())


def test_isbns_may_come_as_numbers(
    bookshop: Bookshop, bookstore_worker: Worker, bookstore_built: Path, tmp_path: Path
) -> None:
    """That is what readers of CSV files make of them."""
    path = tmp_path / bookstore_built.name
    fill(path, bookshop)
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table raw.books alter isbn type bigint")
    result = bookstore_worker.build(path, select=["stg_books"])
    assert result.ok, result.error
    assert {row["isbn"] for row in rows(path, "from staging.stg_books")} == {book["isbn"] for book in bookshop.books}


def test_publishers_know_their_catalogue(bookshop: Bookshop, bookstore_built: Path) -> None:
    for row in rows(bookstore_built, "from analytics.dim_publishers"):
        books = [book for book in bookshop.books if book["publisher_id"] == row["publisher_id"]]
        assert row["books_listed"] == len(books)
        assert row["first_listed_at"] == min(book["created_at"] for book in books)
        assert row["is_active"] == (row["publisher_id"] != "PUB_000004")


def test_facts_hold_each_sale_with_its_book(bookshop: Bookshop, bookstore_built: Path) -> None:
    books = {book["book_id"]: book for book in bookshop.books}
    found = {row["transaction_id"]: row for row in rows(bookstore_built, "from analytics.fact_sales")}
    assert len(found) == len(bookshop.sales)
    for raw in bookshop.sales:
        row, book = found[raw["transaction_id"]], books[raw["book_id"]]
        gross = raw["quantity"] * raw["unit_price"]
        assert {name: row[name] for name in raw} == raw
        assert (row["gross_amount"], row["discount_amount"]) == (gross, gross - raw["total_amount"])
        assert (row["title"], row["list_price"], row["publisher_id"]) == (
            book["title"],
            book["price"],
            book["publisher_id"],
        )


def test_each_day_is_summed_up(bookshop: Bookshop, bookstore_built: Path) -> None:
    by_day: dict[date, list[Row]] = defaultdict(list)
    for raw in bookshop.sales:
        by_day[raw["sale_date"]].append(raw)
    paid = {START.date() + n * DAY: Decimal(0) for n in range(DAYS)}
    paid |= {day: sum((raw["total_amount"] for raw in sales), Decimal(0)) for day, sales in by_day.items()}
    found = rows(bookstore_built, "from analytics.sales_performance_daily order by sale_date")
    assert [row["sale_date"] for row in found] == sorted(paid)
    for row in found:
        day, sales = row["sale_date"], by_day[row["sale_date"]]
        week = [paid[day - n * DAY] for n in range(7) if day - n * DAY in paid]
        before = paid.get(day - 7 * DAY)
        assert row["transactions"] == len(sales)
        assert row["units"] == sum(raw["quantity"] for raw in sales)
        assert row["books_sold"] == len({raw["book_id"] for raw in sales})
        assert row["revenue"] == paid[day]
        for channel in CHANNELS:
            total = sum(raw["total_amount"] for raw in sales if raw["channel"] == channel)
            assert row[f"{channel.lower()}_revenue"] == total
        assert row["average_7_days"] == pytest.approx(sum(week) / len(week), abs=CENT)
        assert row["growth_7_days"] == (pytest.approx(float(paid[day] / before - 1)) if before else None)


# A book each: (days since its last sale, pieces sold then; days since the restock; stock; days since the listing), and
# what the buyer should be told: (status, dead, order now, quantity, cover).
SHELF: dict[str, tuple[tuple[int | None, int, int, int, int], tuple[str, bool, bool, int, float | None]]] = {
    "published last week, not sold yet": ((None, 0, 7, 50, 7), ("idle", False, False, 0, None)),
    "published long ago, never sold": ((None, 0, 400, 50, 500), ("dead", True, False, 0, None)),
    "never sold, but none in stock": ((None, 0, 400, 0, 500), ("out_of_stock", False, False, 0, None)),
    "never sold, restocked 180 days ago": ((None, 0, 180, 50, 500), ("idle", False, False, 0, None)),
    "never sold, restocked 181 days ago": ((None, 0, 181, 50, 500), ("dead", True, False, 0, None)),
    "never sold, listed 180 days ago": ((None, 0, 300, 50, 180), ("idle", False, False, 0, None)),
    "last sold 180 days ago": ((180, 4, 400, 50, 500), ("idle", False, False, 0, None)),
    "last sold 181 days ago": ((181, 4, 400, 50, 500), ("dead", True, False, 0, None)),
    "last sold 90 days ago, outside of the demand": ((90, 4, 400, 50, 500), ("idle", False, False, 0, None)),
    # 9 in 90 days are a tenth a day: 74 days of demand are 7.4, ordered as 8, and what is missing to 10
    "last sold 89 days ago": ((89, 9, 400, 50, 500), ("overstocked", False, False, 0, 500.0)),
    "at the reorder point": ((10, 9, 400, 10, 500), ("reorder", False, True, 8, 100.0)),
    "above the reorder point": ((10, 9, 400, 11, 500), ("healthy", False, False, 0, 110.0)),
    "nothing left of a book that sells": ((10, 9, 400, 0, 500), ("reorder", False, True, 18, 0.0)),
    # 90 in 90 days are one a day: 14 last the lead time exactly, 13 do not
    "lasts the lead time": ((10, 90, 400, 14, 500), ("healthy", False, False, 0, 14.0)),
    "lasts a day less than the lead time": ((10, 90, 400, 13, 500), ("reorder", False, True, 74, 13.0)),
    # listed nine days ago: ten days with that one, so 20 sold are two a day
    "new and selling": ((1, 20, 9, 60, 9), ("healthy", False, False, 0, 30.0)),
}


def shelf(bookshop: Bookshop) -> Bookshop:
    """A shop of just these books; their sales are one each, and every reorder point is 10."""
    books, sales, inventory = [], [], []
    for number, ((sold, pieces, restocked, stock, listed), _) in enumerate(SHELF.values(), start=1):
        since = datetime.combine(LAST - listed * DAY, datetime.min.time())
        book = {**bookshop.books[0], "book_id": f"BOOK_{number:06d}", "created_at": since}
        books.append(book)
        if sold is not None:
            sales.append(sale(number, book, LAST - sold * DAY, pieces))
        level = {"stock_quantity": stock, "reorder_point": 10, "last_restock_date": LAST - restocked * DAY}
        inventory.append(
            {**bookshop.inventory[0], "inventory_id": f"INV_{number:08d}", "book_id": book["book_id"], **level}
        )
    return Bookshop(bookshop.publishers, books, sales, inventory, bookshop.campaign_events, bookshop.clock)


@pytest.fixture(scope="module")
def advice(bookshop: Bookshop, bookstore_worker: Worker, bookstore_built: Path, tmp_path_factory: Any) -> list[Row]:
    path = tmp_path_factory.mktemp("shelf") / bookstore_built.name
    fill(path, shelf(bookshop))
    result = bookstore_worker.build(path, select=["+inventory_optimization"])
    assert result.ok, result.error
    return rows(path, "from analytics.inventory_optimization order by book_id")


@pytest.mark.parametrize("number", range(len(SHELF)), ids=list(SHELF))
def test_what_a_buyer_is_told(number: int, advice: list[Row]) -> None:
    row, (status, dead, now, quantity, cover) = advice[number], list(SHELF.values())[number][1]
    told = (row["stock_status"], row["is_dead_stock"], row["reorder_now"], row["reorder_quantity"])
    assert told == (status, dead, now, quantity)
    assert row["cover_days"] == (None if cover is None else pytest.approx(cover))


def test_what_was_not_recorded_is_neither_demand_nor_the_lack_of_it(
    bookshop: Bookshop, bookstore_worker: Worker, bookstore_built: Path, tmp_path: Path
) -> None:
    """Sales are known for 60 days. That no copy was sold in 180 days, or how many in 90, nobody can say."""
    path, shop, since = tmp_path / bookstore_built.name, shelf(bookshop), LAST - 59 * DAY
    sales = [sold for sold in shop.sales if sold["sale_date"] >= since]
    fill(path, Bookshop(shop.publishers, shop.books, sales, shop.inventory, shop.campaign_events, shop.clock))
    result = bookstore_worker.build(path, select=["+inventory_optimization"], vars={"start_date": since.isoformat()})
    assert result.ok, result.error
    found = rows(path, "from analytics.inventory_optimization order by book_id")
    advice = dict(zip(SHELF, found, strict=True))
    assert {row["is_dead_stock"] for row in found} == {False}
    assert advice["last sold 181 days ago"]["stock_status"] == "idle"
    assert [advice[name]["days_measured"] for name in ("at the reorder point", "new and selling")] == [60, 10]
    assert advice["at the reorder point"]["cover_days"] == pytest.approx(10 * 60 / 9)


def test_the_stock_of_several_warehouses_is_added_up(bookshop: Bookshop, bookstore_built: Path) -> None:
    found = {row["book_id"]: row for row in rows(bookstore_built, "from analytics.inventory_optimization")}
    assert set(found) == {raw["book_id"] for raw in bookshop.inventory}
    for book_id, row in found.items():
        stored = [raw for raw in bookshop.inventory if raw["book_id"] == book_id]
        assert row["stock_records"] == len(stored)
        assert row["stock_quantity"] == sum(raw["stock_quantity"] for raw in stored)
        assert row["warehouses"] == ", ".join(sorted({raw["warehouse_location"] for raw in stored}))
        assert row["last_restock_date"] == max(raw["last_restock_date"] for raw in stored)
