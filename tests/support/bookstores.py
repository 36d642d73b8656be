"""Bookstores of any size, and their tables in DuckDB."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from sbdk.datasets.bookstore.dataset import BookstoreDataset
from sbdk.spec.world import WorldSettings

START, ANCHOR = datetime(2025, 1, 1), datetime(2026, 1, 1)
DEFAULTS = {"publishers": 10, "books": 100, "sales": 100, "inventory": 50, "campaign_events": 50}


def bookstore(scale: float = 1, seed: int = 42, locale: str = "country", start: datetime = START, **volumes: int):
    rows = {name: max(1, round(count * scale)) for name, count in DEFAULTS.items()}
    return BookstoreDataset(WorldSettings(seed, start, ANCHOR, rows | volumes, locale=locale))


def table(world: BookstoreDataset, name: str, **options) -> pa.Table:
    return pa.Table.from_batches(world.tables[name].batches(**options), schema=world.tables[name].schema)


def in_duckdb(world: BookstoreDataset) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name in world.tables:
        connection.register(f"made_{name}", table(world, name))
        connection.execute(f"create table {name} as from made_{name}")
    return connection
