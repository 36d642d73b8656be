"""The exact sales per store in tumbling windows of ten minutes."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from sbdk.synth.columns import timestamps
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.answer_key.classify import BUCKETS, Judge, Judged
from sbdk.synth.table import World

WIDTH = 600_000_000
"""Ten minutes; a window is [start, end), counted from midnight UTC."""
KEYS = ["store_id", "window_start", "window_end"]
_MONEY = pa.decimal128(18, 2)
SUMS = ["sales", "quantity", "sales_amount", "returns", "returned_quantity", "returned_amount"]


def windows(world: World, dirt: Dirt, start: int, stop: int, *, seen: Mapping[str, int] | None = None) -> pa.Table:
    """Per store and window of event_time, of the sales in start ≤ position < stop that are loaded.

    sales, quantity, sales_amount (of total_amount): without returns. returns, returned_quantity, returned_amount: of
    returns, as positive numbers. net_amount: the difference. Late and held sales, duplicates and quarantined ones are
    not in. seen: as in `buckets`.
    """
    return total([window_parts(Judge(world, dirt, "sales", seen).judge(start, stop))])


def window_parts(judged: Judged) -> pa.Table:
    """The windows of records that are judged, to be put together by `total`."""
    loaded = pa.array(judged.bucket == BUCKETS.index("loaded"))
    sales = judged.chunk.clean.filter(loaded)
    begins = sales.column("event_time").cast(pa.int64()).to_numpy() // WIDTH * WIDTH
    quantity, amount = sales.column("quantity").cast(pa.int64()), sales.column("total_amount")
    back = pc.less(quantity, 0)
    nothing = pa.scalar(0, pa.int8()).cast(amount.type)
    columns = {
        "store_id": sales.column("store_id"),
        "window_start": timestamps(begins),
        "window_end": timestamps(begins + WIDTH),
        "sales": pc.if_else(back, 0, 1),
        "quantity": pc.if_else(back, 0, quantity),
        "sales_amount": pc.if_else(back, nothing, amount),
        "returns": pc.if_else(back, 1, 0),
        "returned_quantity": pc.if_else(back, pc.negate(quantity), 0),
        "returned_amount": pc.if_else(back, pc.negate(amount), nothing),
    }
    return _summed(pa.table(columns))


def total(parts: list[pa.Table]) -> pa.Table:
    """One row per store and window, by window and store."""
    whole = _summed(pa.concat_tables(parts))
    net = pc.subtract(whole.column("sales_amount"), whole.column("returned_amount")).cast(_MONEY)
    return whole.append_column("net_amount", net).sort_by([("window_start", "ascending"), ("store_id", "ascending")])


def _summed(table: pa.Table) -> pa.Table:
    summed = table.group_by(KEYS).aggregate([(name, "sum") for name in SUMS])
    columns = {name: summed.column(f"{name}_sum") for name in SUMS}
    exact = {name: column.cast(_MONEY) if name.endswith("_amount") else column for name, column in columns.items()}
    return pa.table({**{name: summed.column(name) for name in KEYS}, **exact})
