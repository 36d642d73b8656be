"""The demand function as a table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sbdk.synth.columns import integers
from sbdk.synth.domains.bookstore.demand import F64, Demand
from sbdk.synth.domains.bookstore.fields import dates
from sbdk.synth.domains.bookstore.sales import units_per_sale
from sbdk.synth.domains.bookstore.season import I64
from sbdk.synth.domains.bookstore.wording import ids


def expected_units(demand: Demand, start: int, stop: int, days: I64, sales: F64) -> pa.Table:
    """Of books start..stop−1, by book and day. `sales`: how many of all books are expected on each day."""
    books = np.arange(start, stop, dtype=np.uint64)
    share = demand.attraction(start, stop, days) / demand.total(days)
    pieces = units_per_sale().take(demand.books.digital(books).astype(np.int64))
    return pa.table(
        {
            "book_id": ids("BOOK_", 6, np.repeat(books, len(days))),
            "day": dates(np.tile(days, len(books))),
            "expected_units": integers((share * sales * pieces[:, None]).ravel()),
        }
    )
