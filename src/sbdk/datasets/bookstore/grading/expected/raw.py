"""The raw rows of a bookstore before its clock, as arrays: what the right tables are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_EPOCH = date(1970, 1, 1)
_CENT = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))


@dataclass(frozen=True)
class RawBookstore:
    """The five raw tables as they were loaded, and the time frame of the project.

    start: first calendar day. clock: end of the data, exclusive. planned: share of the treatment in the impressions of
    each experiment, as it was planned. Days are counted from 1970-01-01.
    """

    publishers: pa.Table
    books: pa.Table
    sales: pa.Table
    inventory: pa.Table
    campaign_events: pa.Table
    start: date
    clock: datetime
    planned: Mapping[str, float]

    @cached_property
    def first_day(self) -> int:
        """The day number of the start."""
        return day_number(self.start)

    @cached_property
    def today(self) -> int:
        """The day of the clock: what is known in its morning happened before."""
        return day_number(self.clock.date())

    @cached_property
    def last_day(self) -> int:
        """The last day of which anything is in the data: that of the microsecond before the clock."""
        return day_number((self.clock - timedelta(microseconds=1)).date())

    @cached_property
    def listed(self) -> I64:
        """The day on which each book was listed."""
        return days(self.books["created_at"])

    @cached_property
    def sold_book(self) -> I64:
        """The row in `books` of each sale."""
        return rows_of(self.sales["book_id"], self.books["book_id"])

    @cached_property
    def sold_on(self) -> I64:
        """The day of each sale."""
        return days(self.sales["sale_date"])

    @cached_property
    def quantity(self) -> I64:
        """The copies of each sale."""
        return whole(self.sales["quantity"])

    @cached_property
    def gross(self) -> I64:
        """Copies × unit price of each sale, in cents."""
        return self.quantity * cents(self.sales["unit_price"])

    @cached_property
    def paid(self) -> I64:
        """What was paid for each sale, in cents."""
        return cents(self.sales["total_amount"])

    @cached_property
    def house_of(self) -> I64:
        """The row in `publishers` of each book."""
        return rows_of(self.books["publisher_id"], self.publishers["publisher_id"])


def day_number(day: date) -> int:
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    return _EPOCH + timedelta(days=int(number))


def days(column: pa.ChunkedArray) -> I64:
    """The day number of dates or timestamps without null."""
    dates = column.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    return whole(dates.cast(pa.int32()))


def whole(column: pa.ChunkedArray) -> I64:
    values: I64 = column.cast(pa.int64()).to_numpy()
    return values


def cents(column: pa.ChunkedArray) -> I64:
    """Money in whole cents: floats hold it exactly up to 90 trillion."""
    values: I64 = np.rint(column.cast(pa.float64()).to_numpy() * 100).astype(np.int64)
    return values


def rows_of(references: pa.ChunkedArray, keys: pa.ChunkedArray) -> I64:
    """The row whose key each reference names."""
    return whole(pc.index_in(texts(references), texts(keys).combine_chunks()))


def texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Enumerations as plain texts."""
    return column.cast(pa.string())


def ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> F64:
    """above ÷ below; NaN where below is 0 or one of them is NaN."""
    top, bottom = np.asarray(above, np.float64), np.asarray(below, np.float64)
    quotient: F64 = np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, np.nan), where=bottom != 0)
    return quotient


def money(amount: npt.ArrayLike) -> pa.Array:
    """Whole cents as a decimal amount."""
    whole_cents = pa.array(np.asarray(amount).astype(np.int64)).cast(pa.decimal128(19, 0))
    return pc.multiply(whole_cents, _CENT).cast(pa.decimal128(21, 2))


def figures(values: F64) -> pa.Array:
    """Floats; NaN is null."""
    return pa.array(values, mask=np.isnan(values))


def counts(values: F64 | I64) -> pa.Array:
    """Whole numbers; NaN is null."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)


def dates(values: F64 | I64) -> pa.Array:
    """Day numbers as dates; NaN is null."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
