"""Worlds for the tests of the saas domain. What judges them is SQL, SciPy or plain arithmetic, never the generator."""

from collections.abc import Callable, Iterator
from datetime import datetime

import duckdb
import pyarrow as pa
import pytest

from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.spec.world import WorldSettings

START, ANCHOR = datetime(2025, 1, 1), datetime(2026, 1, 1)


def make_world(users: int = 1_000, events: int = 5_000, orders: int = 2_000, **changed: object) -> SaasDataset:
    given: dict[str, object] = {"seed": 42, "start": START, "anchor": ANCHOR, **changed}
    return SaasDataset(WorldSettings(volumes={"users": users, "events": events, "orders": orders}, **given))


def as_table(world: SaasDataset, table: str, *args: int, **how: object) -> pa.Table:
    """All rows asked for as one Arrow table."""
    return pa.Table.from_batches(world.tables[table].batches(*args, **how), schema=world.tables[table].schema)


def connect(world: SaasDataset, clock: datetime | None = None) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory with the three tables; `clock` as a variable."""
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    for name in world.tables:
        connection.register("arrow_table", as_table(world, name, clock=clock))
        connection.execute(f"create table {name} as from arrow_table")
        connection.unregister("arrow_table")
    return connection


@pytest.fixture(scope="session")
def world() -> Callable[..., SaasDataset]:
    return make_world


@pytest.fixture(scope="session")
def read() -> Callable[..., pa.Table]:
    return as_table


@pytest.fixture(scope="session")
def open_in_duckdb() -> Callable[..., duckdb.DuckDBPyConnection]:
    return connect


@pytest.fixture(scope="session")
def sample() -> Iterator[duckdb.DuckDBPyConnection]:
    """60,000 users, 400,000 events, 150,000 orders in DuckDB: enough for statistics, made once."""
    connection = connect(make_world(60_000, 400_000, 150_000))
    yield connection
    connection.close()
