"""The exact dimension tables (SCD type 1 and 2) and the exact windows of sales of an emitted range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import ConfigError
from sbdk.datasets.base import AnswerRequest
from sbdk.synth.answer_key.classify import BUCKETS, ClassifiedRecords, Classifier
from sbdk.synth.answer_key.defects import UNKNOWN
from sbdk.synth.columns import timestamps
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.values import planted_values
from sbdk.synth.timeline import micros

_LOADED = BUCKETS.index("loaded")


def repaired(classified: ClassifiedRecords) -> pa.RecordBatch:
    """All records of the range as the right treatment leaves them: clean, with what was not given as "Unknown"."""
    chunk = classified.chunk
    columns = dict(zip(chunk.clean.schema.names, chunk.clean.columns, strict=True))
    for defect, name, mask in planted_values(chunk.stream.dirt, chunk.stream.source.schema, chunk.span.row):
        if defect.startswith("missing") and pa.types.is_string(columns[name].type):
            columns[name] = pc.if_else(pa.array(mask), UNKNOWN, columns[name])
    return pa.RecordBatch.from_pydict(columns)


def scd2(emitter: Emitter, dirt: Dirt, table: str, start: int, stop: int, *, as_of: datetime | None = None) -> pa.Table:
    """Every version among the emitted records start ≤ position < stop, with valid_from and valid_to (null: current).

    One version for each record that is loaded, since each has another last_update_time; by key and valid_from.
    as_of: without what has a later last_update_time.
    """
    records, keys, times = _loaded(emitter, dirt, table, start, stop, as_of)
    order = np.lexsort((times, keys))
    key, begins = keys.take(order), times.take(order)
    last = np.append(key[1:] != key[:-1], True)[: len(key)]
    ends = np.append(begins[1:], 0)[: len(key)]
    versions = pa.Table.from_batches([records]).take(pa.array(order))
    return versions.append_column("valid_from", timestamps(begins)).append_column("valid_to", timestamps(ends, ~last))


def scd1(emitter: Emitter, dirt: Dirt, table: str, start: int, stop: int, *, as_of: datetime | None = None) -> pa.Table:
    """The last version of each key among the emitted records start ≤ position < stop, by key."""
    versions = scd2(emitter, dirt, table, start, stop, as_of=as_of)
    return versions.filter(pc.is_null(versions.column("valid_to"))).drop_columns(["valid_from", "valid_to"])


def _loaded(
    emitter: Emitter, dirt: Dirt, table: str, start: int, stop: int, as_of: datetime | None
) -> tuple[pa.RecordBatch, np.ndarray, np.ndarray]:
    classifier = Classifier(emitter, dirt, table)
    source = classifier.stream.source
    if source.time_column is None:
        raise ConfigError(f"{table}: a table without a time column has no history")
    classified = classifier.classify(start, stop)
    times = source.times(classified.chunk.span.row)
    wanted = (classified.bucket == _LOADED) & (True if as_of is None else times <= micros(as_of))
    records = repaired(classified).filter(pa.array(wanted))
    return records, records.column(source.key[0]).to_numpy(), times[wanted]


WIDTH = 600_000_000
"""Ten minutes; a window is [start, end), counted from midnight UTC."""
KEYS = ["store_id", "window_start", "window_end"]
_MONEY = pa.decimal128(18, 2)
SUMS = ["sales", "quantity", "sales_amount", "returns", "returned_quantity", "returned_amount"]


def windows(emitter: Emitter, dirt: Dirt, start: int, stop: int, *, seen: Mapping[str, int] | None = None) -> pa.Table:
    """Per store and window of event_time, of the sales in start ≤ position < stop that are loaded.

    sales, quantity, sales_amount (of total_amount): without returns. returns, returned_quantity, returned_amount: of
    returns, as positive numbers. net_amount: the difference. Late and held sales, duplicates and quarantined ones are
    not in. seen: as in `buckets`.
    """
    return total([window_parts(Classifier(emitter, dirt, "sales", seen).classify(start, stop))])


def window_parts(classified: ClassifiedRecords) -> pa.Table:
    """The windows of classified records, to be put together by `total`."""
    loaded = pa.array(classified.bucket == BUCKETS.index("loaded"))
    sales = classified.chunk.clean.filter(loaded)
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


class RetailAnswers:
    """scd1 and scd2 of the dimensions, and the windows, of what was emitted."""

    def __init__(self, emitter: Emitter, dimensions: Iterable[str]) -> None:
        self._emitter, self._dimensions = emitter, tuple(dimensions)

    def keep(self, table: str, records: ClassifiedRecords) -> pa.Table | None:
        """The windows of some sales."""
        return window_parts(records) if table == "sales" else None

    def files(self, request: AnswerRequest) -> dict[str, Iterable[pa.Table]]:
        """scd1_<dimension>, scd2_<dimension>, windows."""
        files: dict[str, Iterable[pa.Table]] = {}
        for table in self._dimensions:
            emitted = (self._emitter, request.dirt, table, 0, request.positions[table])
            files[f"scd1_{table}"], files[f"scd2_{table}"] = [scd1(*emitted)], [scd2(*emitted)]
        if request.kept:
            files["windows"] = [total(request.kept)]
        return files
