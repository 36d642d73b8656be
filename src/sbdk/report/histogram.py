"""The bins of a histogram, counted by the database."""

from __future__ import annotations

import math

import pyarrow as pa

from sbdk.core.errors import QueryError
from sbdk.core.sql import quoted
from sbdk.targets.base import QueryFunction

BINS = 30
"""About so many bins; their width is a round number."""


def bin_query(sql: str, column: str, query: QueryFunction) -> tuple[pa.Table, int, int]:
    """(table, rows in all, rows without a finite value) of the column. Columns of the table: from, to, rows.

    The bins are half-open, [from, to), without a gap between them. QueryError when the values are too far apart.
    """
    source = f"(select cast({quoted(column)} as double) as v from ({sql}\n)) where isfinite(v)"  # noqa: S608
    low, high, counted = query(f"select min(v), max(v), count(*) from {source}", None).to_pylist()[0].values()  # noqa: S608
    total = query(f"select count(*) as rows from ({sql}\n)", None)["rows"][0].as_py()  # noqa: S608
    if not counted:
        return pa.table({"from": pa.array([], pa.float64()), "to": [], "rows": []}), total, total
    step = nice_step(high / BINS - low / BINS) if high > low else 1.0
    first, last = math.floor(low / step), math.floor(high / step)
    if not math.isfinite(low / step) or last - first > 10 * BINS:
        raise QueryError(f"the values of {column!r} span too much for a histogram")
    binned = f"select cast(floor(v / {step!r}) as bigint) as bin, count(*) as rows from {source} group by 1"  # noqa: S608
    counts = query(binned, None)
    rows = dict(zip(counts["bin"].to_pylist(), counts["rows"].to_pylist(), strict=True))
    bins = range(first, last + 1)
    edges = {"from": [bin * step for bin in bins], "to": [(bin + 1) * step for bin in bins]}
    return pa.table({**edges, "rows": [rows.get(bin, 0) for bin in bins]}), total, total - counted


def nice_step(width: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `width`."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9))
