"""The exact dimension tables of an emitted range: SCD type 1 and type 2, and the repaired records they are made of."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import ConfigError
from sbdk.synth.columns import timestamps
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.values import planted_values
from sbdk.synth.timeline import micros
from sbdk.synth.answer_key.defects import UNKNOWN
from sbdk.synth.answer_key.classify import BUCKETS, Judge, Judged
from sbdk.synth.table import World

_LOADED = BUCKETS.index("loaded")


def repaired(judged: Judged) -> pa.RecordBatch:
    """All records of the range as the right treatment leaves them: clean, with what was not given as "Unknown"."""
    chunk = judged.chunk
    columns = dict(zip(chunk.clean.schema.names, chunk.clean.columns, strict=True))
    for defect, name, mask in planted_values(chunk.stream.dirt, chunk.stream.source.schema, chunk.span.row):
        if defect.startswith("missing") and pa.types.is_string(columns[name].type):
            columns[name] = pc.if_else(pa.array(mask), UNKNOWN, columns[name])
    return pa.RecordBatch.from_pydict(columns)


def scd2(world: World, dirt: Dirt, table: str, start: int, stop: int, *, as_of: datetime | None = None) -> pa.Table:
    """Every version among the emitted records start ≤ position < stop, with valid_from and valid_to (null: current).

    One version for each record that is loaded, since each has another last_update_time; by key and valid_from.
    as_of: without what has a later last_update_time.
    """
    records, keys, times = _loaded(world, dirt, table, start, stop, as_of)
    order = np.lexsort((times, keys))
    key, begins = keys.take(order), times.take(order)
    last = np.append(key[1:] != key[:-1], True)[: len(key)]
    ends = np.append(begins[1:], 0)[: len(key)]
    versions = pa.Table.from_batches([records]).take(pa.array(order))
    return versions.append_column("valid_from", timestamps(begins)).append_column("valid_to", timestamps(ends, ~last))


def scd1(world: World, dirt: Dirt, table: str, start: int, stop: int, *, as_of: datetime | None = None) -> pa.Table:
    """The last version of each key among the emitted records start ≤ position < stop, by key."""
    versions = scd2(world, dirt, table, start, stop, as_of=as_of)
    return versions.filter(pc.is_null(versions.column("valid_to"))).drop_columns(["valid_from", "valid_to"])


def _loaded(
    world: World, dirt: Dirt, table: str, start: int, stop: int, as_of: datetime | None
) -> tuple[pa.RecordBatch, np.ndarray, np.ndarray]:
    judge = Judge(world, dirt, table)
    source = judge.stream.source
    if source.time_column is None:
        raise ConfigError(f"{table}: a table without a time column has no history")
    judged = judge.judge(start, stop)
    times = source.times(judged.chunk.span.row)
    wanted = (judged.bucket == _LOADED) & (True if as_of is None else times <= micros(as_of))
    records = repaired(judged).filter(pa.array(wanted))
    return records, records.column(source.key[0]).to_numpy(), times[wanted]
