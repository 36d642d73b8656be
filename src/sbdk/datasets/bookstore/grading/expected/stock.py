"""What a buyer needs to know of each book in stock."""

from __future__ import annotations

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
    days,
    figures,
    money,
    ratio,
    rows_of,
    texts,
    whole,
)

DEMAND_DAYS = 90
DEAD_STOCK_DAYS = 180
LEAD_TIME_DAYS = 14
TARGET_COVER_DAYS = 60
OVERSTOCK_DAYS = 365
NEVER = -(2**31)
STATUSES = ("reorder", "out_of_stock", "dead", "idle", "overstocked", "healthy")


def inventory_optimization(raw: RawBookstore) -> pa.Table:
    """A row per book in stock, as of the last day; the documented defaults are the variables' values."""
    row = rows_of(raw.inventory["book_id"], raw.books["book_id"])
    kept = np.unique(row)
    place = np.searchsorted(kept, row)
    stocks = whole(raw.inventory["stock_quantity"])

    def total(values: I64) -> I64:
        return np.bincount(place, values, len(kept)).astype(np.int64)

    restocked = days(raw.inventory["last_restock_date"])
    stock, reorder_point = total(stocks), total(whole(raw.inventory["reorder_point"]))
    last_restock = _latest(place, restocked, len(kept))
    expiry = -_latest(place, -(restocked + whole(raw.inventory["shelf_life_days"])), len(kept), stocks > 0)
    listed, sold = raw.listed[kept], _sold(raw)[kept]
    since = min(raw.first_day, int(raw.sold_on.min(initial=raw.first_day)))
    measured = np.clip(raw.last_day + 1 - np.maximum(listed, since), 1, DEMAND_DAYS)
    last_sale = _latest(raw.sold_book, raw.sold_on, raw.books.num_rows)[kept]
    unsold_since = np.where(np.isnan(last_sale), since, last_sale + 1)
    on_shelf = raw.last_day - np.maximum(last_restock, listed)
    dead = (stock > 0) & (on_shelf > DEAD_STOCK_DAYS) & (raw.last_day - unsold_since >= DEAD_STOCK_DAYS)
    reorder = (sold > 0) & ((stock <= reorder_point) | (stock * measured < LEAD_TIME_DAYS * sold))
    cover = ratio(stock * measured, sold)
    needed = -(-sold * (LEAD_TIME_DAYS + TARGET_COVER_DAYS) // measured)
    quantity = np.where(reorder, np.maximum(reorder_point - stock, 0) + needed, 0)
    book, house = pa.array(kept), pa.array(raw.house_of[kept])
    return pa.table(
        {
            **{name: texts(raw.books[name]).take(book) for name in ("book_id", "title", "publisher_id")},
            "publisher_name": texts(raw.publishers["publisher_name"]).take(house),
            "publisher_is_active": _is_active(raw)[raw.house_of[kept]],
            "as_of_date": dates(np.full(len(kept), raw.last_day)),
            "listed_date": dates(listed),
            "last_restock_date": dates(last_restock),
            "last_sale_date": dates(last_sale),
            "expiry_date": dates(expiry),
            "stock_records": counts(total(np.ones_like(stocks))),
            "warehouses": _warehouses(raw, place, len(kept)),
            "stock_quantity": counts(stock),
            "reorder_point": counts(reorder_point),
            "units_sold": counts(sold),
            "days_measured": counts(measured),
            "units_per_day": figures(sold / measured),
            "cover_days": figures(cover),
            "reorder_now": reorder,
            "reorder_quantity": counts(quantity),
            "is_dead_stock": dead,
            "stock_status": _status(reorder, stock, dead, sold, cover),
            "storage_cost": money(total(stocks * cents(raw.inventory["storage_cost_per_unit"]))),
        }
    )


def _sold(raw: RawBookstore) -> I64:
    """The copies of each book that were sold in the last DEMAND_DAYS days."""
    recent = raw.sold_on > raw.last_day - DEMAND_DAYS
    return np.bincount(raw.sold_book[recent], raw.quantity[recent], raw.books.num_rows).astype(np.int64)


def _latest(place: I64, day: I64, length: int, only: Flags | None = None) -> F64:
    """The greatest day of each place; NaN where there is none."""
    latest = np.full(length, NEVER)
    chosen = np.ones(len(place), np.bool_) if only is None else only
    np.maximum.at(latest, place[chosen], day[chosen])
    return np.where(latest == NEVER, np.nan, latest)


def _is_active(raw: RawBookstore) -> Flags:
    return np.array([status == "Active" for status in texts(raw.publishers["active_status"]).to_pylist()], np.bool_)


def _warehouses(raw: RawBookstore, place: I64, length: int) -> pa.Array:
    """The names of each book's warehouses in their order, with a comma and a blank between them."""
    names: list[set[str]] = [set() for _ in range(length)]
    for where, name in zip(place.tolist(), texts(raw.inventory["warehouse_location"]).to_pylist(), strict=True):
        names[where].add(name)
    return pa.array([", ".join(sorted(each)) for each in names], pa.string())


def _status(reorder: Flags, stock: I64, dead: Flags, sold: I64, cover: F64) -> pa.Array:
    """The first status that applies."""
    applies = [reorder, stock == 0, dead, sold == 0, cover > OVERSTOCK_DAYS]
    return pa.array(STATUSES).take(pa.array(np.select(applies, range(5), 5)))
