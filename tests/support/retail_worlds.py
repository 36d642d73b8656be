"""Retail worlds for tests: a day from 2026-01-01, and DuckDB over its clean tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.spec.data_set_sections import StreamSettings
from sbdk.spec.world import WorldSettings

START = datetime(2026, 1, 1)


def retail(seed: int = 42, days: float = 1, **streams: object) -> RetailDataset:
    settings = WorldSettings(seed, START, START + timedelta(days=days), {})
    return RetailDataset(settings, StreamSettings.model_validate(streams))


def clean(world: RetailDataset, *tables: str) -> duckdb.DuckDBPyConnection:
    """These of the world's clean tables in DuckDB, or all."""
    connection = duckdb.connect(config={"threads": 2})
    for table in tables or world.tables:
        connection.register(
            f"{table}_arrow", pa.Table.from_batches(world.tables[table].batches(), world.tables[table].schema)
        )
        connection.execute(f"create table {table} as select * from {table}_arrow")
    return connection
