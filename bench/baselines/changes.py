"""Made-up change events for the benchmarks: as an Arrow feed, and as the rounds that tools without order need."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

EPOCH = 1_700_000_000_000_000  # microseconds
CITIES = np.array(["Rome", "Oslo", "Lima", "Bonn"])


def feed(events: int, keys: int, *, repeated: float = 0.15, deleted: float = 0.03) -> pa.Table:
    """`events` changes of `keys` keys a microsecond apart, some of them twice, all in random order."""
    chance = np.random.default_rng(42)
    order = np.concatenate([np.arange(events), chance.integers(0, events, int(events * repeated))])
    chance.shuffle(order)
    columns = {
        "id": chance.integers(0, keys, events),
        "updated_at": pa.array(np.arange(events) + EPOCH).cast(pa.timestamp("us")),
        "operation": np.where(chance.random(events) < deleted, "DELETE", "UPDATE"),
        "city": CITIES[chance.integers(0, len(CITIES), events)],
        "points": chance.integers(0, 3, events).astype("int32"),
        "price": np.round(chance.random(events) * 100, 2),
    }
    return pa.table(columns).take(pa.array(order)).combine_chunks()


def late(rows: int, events: int, keys: int, seed: int) -> pa.Table:
    """`rows` updates from anywhere in the time of `feed(events, keys)`."""
    chance = np.random.default_rng(seed)
    columns = {
        "id": chance.integers(0, keys, rows),
        "updated_at": pa.array(chance.integers(0, events, rows) + EPOCH).cast(pa.timestamp("us")),
        "operation": ["UPDATE"] * rows,
        "city": ["Paris"] * rows,
        "points": chance.integers(0, 3, rows).astype("int32"),
        "price": chance.random(rows),
    }
    return pa.table(columns)


ROUNDS = """
create table rounds as
select *, row_number() over (partition by id order by updated_at) as round
from (select distinct id, updated_at, city, points, price from feed)
"""
