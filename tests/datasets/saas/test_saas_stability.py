"""Volumes are exact at the anchor, history is stable under a moving clock, and no split of the work shows."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ANCHOR = datetime(2026, 1, 1)
TABLES = ("raw_users", "raw_events", "raw_orders")


def plain(batches: list[pa.RecordBatch]) -> list[dict]:
    return [row for batch in batches for row in batch.to_pylist()]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3_000), st.integers(0, 9_000), st.integers(0, 4_000), st.integers(0, 2**63), st.integers(200, 800)
)
def test_any_volume_is_exact_at_the_anchor(world, read, users, events, orders, seed, days) -> None:
    users = max(users, orders // 50)
    made = world(users, events, orders, seed=seed, start=ANCHOR - timedelta(days=days))
    for table, wanted in zip(TABLES, (users, events, orders), strict=True):
        rows = read(made, table)
        rows.validate(full=True)
        assert rows.num_rows == wanted == made.tables[table].count() == made.tables[table].count(ANCHOR)
        times = rows[made.tables[table].time_column].to_pylist()
        assert times == sorted(times)
        assert all(made.settings.start <= time < ANCHOR for time in times)


@pytest.mark.parametrize(("users", "events", "orders"), [(1, 1, 1), (1, 0, 0), (1, 500, 200), (2, 3, 5), (7, 1, 0)])
def test_the_smallest_worlds(world, read, users, events, orders) -> None:
    for seed in range(5):
        made = world(users, events, orders, seed=seed)
        sizes = [read(made, table).num_rows for table in TABLES]
        assert sizes == [users, events, orders]


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=15, deadline=None)
@given(days=st.lists(st.integers(-200, 500), min_size=2, max_size=2), seconds=st.integers(0, 86_399))
def test_what_lies_before_a_clock_is_the_same_whatever_the_clock(world, read, table, days, seconds) -> None:
    early, late = (ANCHOR + timedelta(days=day) for day in sorted(days))
    late += timedelta(seconds=seconds)
    made = world(300, 1_500, 700)
    short, long = read(made, table, clock=early), read(world(300, 1_500, 700), table, clock=late)
    assert long.slice(0, short.num_rows).equals(short)
    times = long[made.tables[table].time_column].to_pylist()
    assert all(time < late for time in times)
    assert short.num_rows == sum(time < early for time in times) == made.tables[table].count(early)


def test_day_by_day_gives_the_same_rows_as_once(world, read) -> None:
    made = world(400, 2_000, 900)
    for table in TABLES:
        known, parts = made.tables[table].count(), [read(made, table)]
        for day in range(1, 31):
            clock = ANCHOR + timedelta(days=day)
            parts.append(read(world(400, 2_000, 900), table, known, clock=clock))
            known = made.tables[table].count(clock)
        assert pa.concat_tables(parts).equals(read(made, table, clock=clock))


def test_time_goes_on_at_the_same_rates(world) -> None:
    made = world(20_000, 0, 0)
    assert abs(made.tables["raw_users"].count(ANCHOR + timedelta(days=364)) - 40_000) < 200


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=20, deadline=None)
@given(
    edges=st.lists(st.integers(0, 20_000), min_size=2, max_size=2),
    batch_size=st.integers(1, 30_000),
    threads=st.integers(1, 5),
)
def test_a_slice_is_the_same_rows_whatever_the_split(world, read, whole, table, edges, batch_size, threads) -> None:
    start, stop = sorted(edges)
    part = list(whole[0].tables[table].batches(start, stop, batch_size=batch_size, threads=threads))
    assert [batch.num_rows for batch in part[:-1]] == [batch_size] * (len(part) - 1)
    rows = pa.Table.from_batches(part, schema=whole[0].tables[table].schema)
    assert rows.equals(whole[1][table].slice(start, stop - start))


@pytest.fixture(scope="module")
def whole(world, read):
    made = world(12_000, 20_000, 9_000)
    return made, {table: read(made, table, batch_size=10_000_000, threads=1) for table in TABLES}


def test_chunks_made_on_threads_come_in_order(world, read) -> None:
    made = world(400_000, 500_000, 0)
    for table in ("raw_users", "raw_events"):
        assert read(made, table, threads=4, batch_size=70_000).equals(read(made, table, threads=1))


def test_threads_may_share_a_world(world, read, whole) -> None:
    """The first to come builds the plan, for all."""
    for _ in range(3):
        shared = world(12_000, 20_000, 9_000)
        with ThreadPoolExecutor(6) as pool:
            waiting = [(table, pool.submit(read, shared, table, threads=2)) for table in TABLES * 2]
        assert all(made.result().equals(whole[1][table]) for table, made in waiting)


def test_a_cold_world_gives_the_same_slice_as_a_used_one(world, read, whole) -> None:
    for table in TABLES:
        cold = read(world(12_000, 20_000, 9_000), table, 5_000, 5_100)
        assert cold.equals(whole[1][table].slice(5_000, 100))


def test_another_process_makes_the_same_bytes(world, read) -> None:
    program = """
from datetime import datetime
from hashlib import sha256
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.dataset import SaasDataset
made = SaasDataset(WorldSettings(7, datetime(2025, 1, 1), datetime(2026, 1, 1), dict(users=50, events=300, orders=90)))
rows = [str(batch.to_pylist()) for table in made.tables.values() for batch in table.batches()]
print(sha256("".join(rows).encode()).hexdigest())
"""
    made = world(50, 300, 90, seed=7)
    rows = [str(batch.to_pylist()) for table in TABLES for batch in made.tables[table].batches()]
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == sha256("".join(rows).encode()).hexdigest()


def test_a_slice_of_two_thousand_million_users_needs_nothing_before_it(world) -> None:
    made = world(2_000_000_000, 0, 0)
    (batch,) = made.tables["raw_users"].batches(10**9, 10**9 + 1_000)
    assert batch["user_id"].to_pylist() == list(range(10**9 + 1, 10**9 + 1_001))
    assert len(set(batch["email"].to_pylist())) == 1_000
    middle = batch["created_at"][0].as_py()
    assert datetime(2025, 6, 30) < middle < datetime(2025, 7, 5)


def test_rows_asked_for_beyond_the_end_do_not_exist(world, read) -> None:
    made = world(100, 0, 0)
    assert read(made, "raw_users", 90, 200).num_rows == 10
    assert list(made.tables["raw_users"].batches(200, 300)) == []
    assert list(made.tables["raw_events"].batches()) == []
