"""A declared world: the same cells however they are asked for, sound relations, and a past that does not move."""

import hashlib
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sbdk.core.errors import UnknownName, UsageError
from sbdk.synth.table import TableSet
from support.declared_shop import ANCHOR, EXAMPLE, shop, table

WORLD = shop()
WHOLE = {name: table(WORLD, name, threads=1) for name in WORLD.tables}


@pytest.fixture
def world() -> TableSet:
    return WORLD


@pytest.fixture
def whole() -> dict[str, pa.Table]:
    return WHOLE


def test_there_are_exactly_the_rows_that_were_declared(world: TableSet, whole: dict[str, pa.Table]) -> None:
    assert (whole["customers"].num_rows, whole["orders"].num_rows) == (2_000, 10_000)
    order = list(world.tables)
    assert order.index("customers") < order.index("orders") < order.index("order_lines")


@pytest.mark.parametrize("name", ["customers", "orders", "order_lines"])
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_split_batch_size_and_thread_count_gives_the_same_rows(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    start = data.draw(st.integers(0, whole.num_rows))
    stop = data.draw(st.integers(start, whole.num_rows))
    batch_size = data.draw(st.integers(1, 5_000))
    batches = list(WORLD.tables[name].batches(start, stop, batch_size=batch_size, threads=data.draw(st.integers(1, 4))))
    assert all(batch.num_rows == batch_size for batch in batches[:-1])
    assert pa.Table.from_batches(batches, WORLD.tables[name].schema).equals(whole.slice(start, stop - start))


def test_a_batch_may_be_larger_than_a_chunk(whole: dict[str, pa.Table]) -> None:
    batches = list(WORLD.tables["order_lines"].batches(batch_size=10**6))
    assert len(batches) == 1
    assert pa.Table.from_batches(batches).equals(whole["order_lines"])


def test_another_process_makes_the_same_bytes(whole: dict[str, pa.Table]) -> None:
    code = (
        "from support.declared_shop import shop, table; import hashlib\n"
        "made = table(shop(), 'orders').to_pylist(); print(hashlib.sha256(repr(made).encode()).hexdigest())"
    )
    folder = str(EXAMPLE.parents[2] / "tests")
    other = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    here = hashlib.sha256(repr(whole["orders"].to_pylist()).encode()).hexdigest()
    assert other.stdout.strip() == here


@pytest.mark.parametrize("name", ["customers", "orders", "order_lines"])
def test_keys_are_unique_and_never_null(name: str, world: TableSet, whole: dict[str, pa.Table]) -> None:
    key = whole[name].select(list(world.tables[name].key))
    assert key.group_by(key.column_names).aggregate([]).num_rows == key.num_rows
    assert all(column.null_count == 0 for column in key.columns)
    assert all(not world.tables[name].schema.field(column).nullable for column in key.column_names)


def test_no_foreign_key_is_an_orphan(world: TableSet, whole: dict[str, pa.Table]) -> None:
    checked = 0
    for name in world.tables:
        for link in world.tables[name].foreign_keys:
            parents = whole[link.parent][link.parent_column]
            assert pc.all(pc.is_in(whole[name][link.column], parents.combine_chunks())).as_py()
            checked += 1
    assert checked == 2


def test_a_parents_cell_is_what_stands_in_the_parents_table(whole: dict[str, pa.Table]) -> None:
    tiers = dict(zip(*(whole["customers"][c].to_pylist() for c in ("customer_id", "tier")), strict=True))
    orders = whole["orders"]
    assert orders["tier"].to_pylist() == [tiers[customer] for customer in orders["customer_id"].to_pylist()]
    times = dict(zip(*(orders[c].to_pylist() for c in ("order_id", "ordered_at")), strict=True))
    lines = whole["order_lines"]
    assert lines["ordered_at"].to_pylist() == [times[order] for order in lines["order_id"].to_pylist()]


def test_nobody_orders_before_joining(whole: dict[str, pa.Table]) -> None:
    joined = dict(zip(*(whole["customers"][c].to_pylist() for c in ("customer_id", "joined_at")), strict=True))
    orders = whole["orders"].select(["customer_id", "ordered_at"]).to_pylist()
    assert all(joined[order["customer_id"]] <= order["ordered_at"] for order in orders)


def test_customers_order_in_proportion_to_their_weight(whole: dict[str, pa.Table]) -> None:
    """Of the orders of one day, each customer there has its share of all activity there."""
    customers = whole["customers"].select(["customer_id", "joined_at", "activity"]).to_pylist()
    active = {c["customer_id"] for c in customers if c["activity"] > 0.55}
    expected = observed = variance = 0.0
    for order in whole["orders"].select(["customer_id", "ordered_at"]).to_pylist():
        there = [c for c in customers if c["joined_at"] < order["ordered_at"]] if order["customer_id"] % 7 == 0 else []
        if there:
            share = sum(c["activity"] for c in there if c["customer_id"] in active) / sum(c["activity"] for c in there)
            expected, variance = expected + share, variance + share * (1 - share)
            observed += order["customer_id"] in active
    assert abs(observed - expected) < 4 * variance**0.5


def test_lines_are_dense_within_their_order(whole: dict[str, pa.Table]) -> None:
    lines = whole["order_lines"]
    seen: Counter[int] = Counter()
    for order, line in zip(lines["order_id"].to_pylist(), lines["line"].to_pylist(), strict=True):
        seen[order] += 1
        assert line == seen[order]
    sizes = Counter(seen.values())
    assert stats.chisquare([sizes[1], sizes[2], sizes[3]], [5_000, 3_000, 2_000]).pvalue > 1e-4


def test_sums_are_exact(whole: dict[str, pa.Table]) -> None:
    lines = whole["order_lines"].select(["price", "quantity", "amount"]).to_pylist()
    assert all(line["price"] * line["quantity"] == line["amount"] for line in lines)


@pytest.mark.parametrize("name", ["customers", "orders", "order_lines"])
def test_moving_the_clock_only_appends(name: str, world: TableSet, whole: dict[str, pa.Table]) -> None:
    later = ANCHOR + timedelta(days=45)
    count = world.tables[name].count(later)
    assert count > world.tables[name].count()
    moved = table(world, name, clock=later)
    assert moved.num_rows == count
    assert moved.slice(0, whole[name].num_rows).equals(whole[name])
    new = moved.slice(whole[name].num_rows)[world.tables[name].time_column]
    assert pc.min(new).as_py() >= ANCHOR
    assert pc.max(new).as_py() < later


@pytest.mark.parametrize("name", ["customers", "orders", "order_lines"])
def test_the_count_at_a_clock_is_the_rows_before_it_in_time_order(name: str, whole: dict[str, pa.Table]) -> None:
    times = whole[name][WORLD.tables[name].time_column].to_pylist()
    assert times == sorted(times)
    for clock in (datetime(2024, 5, 1), datetime(2025, 3, 9, 12), datetime(2025, 11, 30), ANCHOR):
        assert WORLD.tables[name].count(clock) == sum(time < clock for time in times)


def test_another_seed_is_another_world_with_another_fingerprint(world: TableSet, whole: dict[str, pa.Table]) -> None:
    other = shop(seed=43)
    assert not table(other, "customers").equals(whole["customers"])
    assert (
        other.tables["customers"].fingerprint
        != world.tables["customers"].fingerprint
        == shop().tables["customers"].fingerprint
    )


def test_rows_far_away_are_made_on_their_own() -> None:
    far = datetime(2060, 1, 1)
    count = WORLD.tables["orders"].count(far)
    last = table(WORLD, "orders", count - 3, count, clock=far)
    assert last["order_id"].to_pylist() == [count + 997, count + 998, count + 999]


def test_rows_that_are_not_there_are_refused_with_the_figures(world: TableSet) -> None:
    with pytest.raises(UsageError, match="2,000"):
        list(world.tables["customers"].batches(0, 2_001))
    with pytest.raises(UnknownName, match="'clients'"):
        world.tables["clients"].count()
