"""A histogram of all rows, counted in the warehouse: the page holds some thirty bins, whatever the table holds."""

from __future__ import annotations

import math

import pyarrow as pa

from sbdk.core.errors import QueryError
from sbdk.core.sql import quoted
from sbdk.targets.base import Ask

BINS = 30


def ask_for_bins(sql: str, column: str, ask: Ask) -> tuple[pa.Table, int, int]:
    """A table (from, to, rows) without a gap, of half-open bins [from, to); the rows in all; those without a value."""
    source = f"(select cast({quoted(column)} as double) as v from ({sql}\n)) where isfinite(v)"  # noqa: S608
    low, high, counted = ask(f"select min(v), max(v), count(*) from {source}", None).to_pylist()[0].values()  # noqa: S608
    total = ask(f"select count(*) as rows from ({sql}\n)", None)["rows"][0].as_py()  # noqa: S608
    if not counted:
        return pa.table({"from": pa.array([], pa.float64()), "to": [], "rows": []}), total, total
    step = nice_step((high - low) / BINS) if high > low else 1.0
    first, last = math.floor(low / step), math.floor(high / step)
    if not math.isfinite(low / step) or last - first > 10 * BINS:
        raise QueryError(f"the values of {column!r} span too much for a histogram")
    found = ask(f"select cast(floor(v / {step!r}) as bigint) as bin, count(*) as rows from {source} group by 1", None)  # noqa: S608
    rows = dict(zip(found["bin"].to_pylist(), found["rows"].to_pylist(), strict=True))
    bins = range(first, last + 1)
    edges = {"from": [bin * step for bin in bins], "to": [(bin + 1) * step for bin in bins]}
    return pa.table({**edges, "rows": [rows.get(bin, 0) for bin in bins]}), total, total - counted


def nice_step(width: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9))
