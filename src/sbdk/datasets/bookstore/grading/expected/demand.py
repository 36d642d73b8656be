"""The features of each book on each calendar day: what was known the evening before, and what the day brought.

The units of some books on all days are one matrix, books by days; a lag is a shift of it, a trailing sum a difference
of its running sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

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
    day_of,
    figures,
    money,
    ratio,
    texts,
    whole,
)

_CELLS = 1_000_000
"""Book days of one batch."""


def demand_features(raw: RawBookstore) -> Iterator[pa.RecordBatch]:
    """A row per book and day from the day after its listing, or the start, to the last day."""
    books, length = raw.books.num_rows, max(raw.last_day - raw.first_day + 1, 0)
    step = max(1, _CELLS // max(length, 1))
    by_book = np.argsort(raw.sold_book, kind="stable")
    ends = np.searchsorted(raw.sold_book[by_book], np.arange(0, books + step, step))
    for low, start, stop in zip(range(0, books, step), ends[:-1], ends[1:], strict=False):
        yield from _features(raw, low, min(low + step, books), by_book[start:stop]).to_batches()


@dataclass(frozen=True)
class Units:
    """Copies sold, books by days. first: the column of each book's first day, that of the listing or the start."""

    units: I64
    first: I64

    @cached_property
    def day(self) -> I64:
        return np.arange(self.units.shape[1])

    @cached_property
    def before(self) -> I64:
        """The days of each book that lie before each column."""
        return self.day - self.first[:, None]

    @cached_property
    def sold(self) -> I64:
        """Copies sold before each column; the last one is the sum of all days."""
        return _running(self.units)

    @cached_property
    def squares(self) -> I64:
        return _running(self.units**2)

    def lag(self, days: int) -> F64:
        """Copies sold so many days before; NaN before the first day of a book."""
        shifted = np.full(self.units.shape, np.nan)
        shifted[:, days:] = self.units[:, : max(self.units.shape[1] - days, 0)]
        return np.where(self.before >= days, shifted, np.nan)

    def trailing(self, running: I64, days: int) -> tuple[I64, I64]:
        """(the sum over the days before each column, at most `days` of them; how many there are)."""
        there = np.clip(self.before, 0, days)
        return running[:, :-1] - running[:, np.maximum(self.day - days, 0)], there

    def mean(self, days: int) -> F64:
        """NaN on the first day."""
        return ratio(*self.trailing(self.sold, days))

    def deviation(self, days: int) -> F64:
        """The sample standard deviation; NaN with fewer than two days."""
        total, there = self.trailing(self.sold, days)
        squares, _ = self.trailing(self.squares, days)
        centred = there * squares - total * total
        return np.where(there >= 2, np.sqrt(ratio(centred, there * (there - 1))), np.nan)

    def since_first_sale(self) -> F64:
        """Days since the first day with a sale before each column; NaN before."""
        sold = self.units > 0
        first = np.where(sold.any(axis=1), sold.argmax(axis=1), self.units.shape[1])[:, None]
        return np.where(first < self.day, self.day - first, np.nan)

    def since_last_sale(self) -> F64:
        """Days since the last day with a sale before each column; NaN before any."""
        latest = np.maximum.accumulate(np.where(self.units > 0, self.day, -1), axis=1)
        last = np.concatenate([np.full((len(latest), 1), -1), latest[:, :-1]], axis=1)
        return np.where(last >= 0, self.day - last, np.nan)


def _running(values: I64) -> I64:
    """The sum of all columns before each column, and of all at the end."""
    padded = np.zeros((values.shape[0], values.shape[1] + 1), np.int64)
    np.cumsum(values, axis=1, out=padded[:, 1:])
    return padded


def _features(raw: RawBookstore, low: int, stop: int, sales: I64) -> pa.Table:
    """Of the books low..stop−1; sales: the rows of theirs."""
    length = max(raw.last_day - raw.first_day + 1, 0)
    units = np.zeros((stop - low, length), np.int64)
    inside = sales[raw.sold_on[sales] >= raw.first_day]
    np.add.at(units, (raw.sold_book[inside] - low, raw.sold_on[inside] - raw.first_day), raw.quantity[inside])
    listed = raw.listed[low:stop]
    known = Units(units, np.maximum(listed - raw.first_day, 0))
    days = raw.first_day + known.day
    kept: Flags = days > listed[:, None]
    book, day = np.nonzero(kept)
    lag_1, lag_2, lag_7, lag_8, lag_30 = (known.lag(days) for days in (1, 2, 7, 8, 30))
    whole_numbers = {"units_lag_1": lag_1, "units_lag_7": lag_7, "units_lag_30": lag_30}
    shares = {
        "units_average_7": known.mean(7),
        "units_average_30": known.mean(30),
        "units_stddev_7": known.deviation(7),
        "units_growth_1": ratio(lag_1 - lag_2, lag_2),
        "units_growth_7": ratio(lag_1 - lag_8, lag_8),
    }
    row = pa.array(book + low)
    return pa.table(
        {
            "book_id": texts(raw.books["book_id"]).take(row),
            "feature_date": dates(days[day]),
            **{name: values.take(pa.array(day)) for name, values in _calendar(days).items()},
            "days_since_listed": counts(days[day] - listed[book]),
            "genre": texts(raw.books["genre"]).take(row),
            "book_format": texts(raw.books["format"]).take(row),
            "list_price": money(cents(raw.books["price"])).take(row),
            "page_count": counts(whole(raw.books["page_count"])).take(row),
            **{name: counts(values[kept]) for name, values in whole_numbers.items()},
            **{name: figures(values[kept]) for name, values in shares.items()},
            "units_before": counts(known.sold[:, :-1][kept]),
            "days_since_first_sale": counts(known.since_first_sale()[kept]),
            "days_since_last_sale": counts(known.since_last_sale()[kept]),
            "target_units": counts(units[kept]),
        }
    )


def _calendar(days: I64) -> dict[str, pa.Array]:
    """What the calendar tells of each day."""
    each: list[date] = [day_of(number) for number in days.tolist()]
    whole_numbers = {
        "day_of_week": [day.isoweekday() for day in each],
        "day_of_month": [day.day for day in each],
        "day_of_year": [day.timetuple().tm_yday for day in each],
        "week_of_year": [day.isocalendar().week for day in each],
        "month": [day.month for day in each],
        "quarter": [(day.month + 2) // 3 for day in each],
    }
    flags = {
        "is_weekend": [day.isoweekday() in (6, 7) for day in each],
        "is_month_start": [day.day == 1 for day in each],
        "is_month_end": [(day + timedelta(days=1)).day == 1 for day in each],
    }
    return {
        **{name: pa.array(values, pa.int64()) for name, values in whole_numbers.items()},
        **{name: pa.array(values, pa.bool_()) for name, values in flags.items()},
    }
