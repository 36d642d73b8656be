"""Dimensions: how many records come, what an update may change, and that nothing depends on where the data end."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy import stats

from sbdk.core.errors import UnknownName
from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.spec.config import ProjectConfig
from support.emitting import BUSY
from support.retail_worlds import START, clean, retail

KEYS = {"stores": "store_id", "customers": "customer_id", "products": "product_id"}
INITIAL = {"stores": 80, "customers": 40_000, "products": 600}
A_DAY = {"stores": (0.3, 59.7), "customers": (200, 1800), "products": (6, 1194)}
"""New ones and updates on an average day."""
IDENTITY = {
    "stores": ["name", "address", "open_date", "phone_number"],
    "customers": ["name", "join_date", "age", "gender"],
    "products": ["name", "category", "brand", "size", "color", "description"],
}
CHANGING = {
    "stores": ["manager", "status"],
    "customers": ["email", "address", "loyalty_points", "phone_number"],
    "products": ["price", "stock_quantity"],
}


@pytest.fixture(scope="module")
def day():
    return clean(retail(), *KEYS)


@pytest.mark.parametrize("table", KEYS)
def test_the_first_records_are_there_at_the_start(day, table):
    first = day.execute(
        f"select count(*), count(distinct {KEYS[table]}) from {table} where last_update_time = ?", [START]
    )
    assert first.fetchall() == [(INITIAL[table], INITIAL[table])]


def counts(world, table: str, days: int) -> tuple[list[int], list[int]]:
    """New ones and updates in each batch."""
    made = clean(world, table).execute(
        f"""select floor(epoch(last_update_time - ?::timestamp) / 300)::int, is_first from (select last_update_time,
        row_number() over (partition by {KEYS[table]} order by last_update_time) = 1 as is_first from {table})
        where last_update_time > ?""",
        [START, START],
    )
    found = Counter(made.fetchall())
    return [found[b, True] for b in range(288 * days)], [found[b, False] for b in range(288 * days)]


@pytest.mark.parametrize("table", KEYS)
def test_an_average_day_brings_what_the_settings_say(table):
    days = 40
    world = retail(days=days, sales_per_batch=0)
    for found, a_day in zip(counts(world, table, days), A_DAY[table], strict=True):
        spread = stats.sem(found) * 288  # the batches are independent
        assert abs(sum(found) / days - a_day) < max(5 * spread, 1e-9), (table, a_day)


@pytest.mark.parametrize("table", KEYS)
def test_new_ones_and_updates_are_spread_over_the_day(day, table):
    hours = day.execute(
        f"select count(*) from {table} where last_update_time > ? group by hour(last_update_time)", [START]
    ).fetchall()
    assert max(hours)[0] < sum(n for (n,) in hours) / 4


@pytest.mark.parametrize("most", [1, 4])
def test_a_batch_brings_at_most_so_many_new_ones(most):
    """And if more are wanted than it may bring: uniform 0 to the most."""
    world = retail(days=2, sales_per_batch=0, **{**BUSY, "new_per_batch": {"stores": most}})
    found = Counter(counts(world, "stores", 2)[0])
    assert max(found) == most
    assert stats.chisquare([found[n] for n in range(most + 1)]).pvalue > 1e-4


@pytest.mark.parametrize(("a_day", "per_batch"), [(72, {0, 1}), (144, {0, 1}), (216, {0, 1, 2}), (1008, set(range(8)))])
def test_a_batch_brings_at_most_twice_its_part_of_the_day(a_day, per_batch):
    world = retail(days=3, sales_per_batch=0, **{**BUSY, "new_per_day": {"stores": a_day}})
    assert set(counts(world, "stores", 3)[0]) == per_batch


@pytest.mark.parametrize("share", [0, 0.5, 0.9])
def test_the_share_of_updates(share):
    world = retail(days=4, sales_per_batch=0, **{**BUSY, "update_share": {"stores": share}})
    new, updates = counts(world, "stores", 4)
    assert sum(updates) / sum(new + updates) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("table", KEYS)
def test_what_identifies_an_entity_stays(day, table):
    for column in IDENTITY[table]:
        changed = f"select {KEYS[table]} from {table} group by 1 having count(distinct {column}) > 1"
        assert day.execute(changed).fetchall() == []


@pytest.mark.parametrize("table", KEYS)
def test_every_update_is_later_and_changes_something(day, table):
    same = " and ".join(f"{c} is not distinct from lag({c}) over w" for c in CHANGING[table])
    query = f"""select count(*) from
        (select lag(last_update_time) over w as before, last_update_time as now, {same} as same
        from {table} window w as (partition by {KEYS[table]} order by last_update_time))
        where before >= now or (before is not null and same)"""
    assert day.execute(query).fetchall() == [(0,)]


@pytest.mark.parametrize("table", KEYS)
def test_every_changing_column_does_change(day, table):
    for column in CHANGING[table]:
        changed = f"select 1 from {table} group by {KEYS[table]} having count(distinct {column}) > 1"
        assert len(day.execute(changed).fetchall()) > 10, column


@pytest.mark.parametrize("table", KEYS)
def test_keys_are_1_2_3_in_the_order_of_first_records(day, table):
    key = KEYS[table]
    query = f"select {key}, min(last_update_time) t from {table} group by 1 order by t, 1"
    assert [row[0] for row in day.execute(query).fetchall()] == list(
        range(1, day.table(table).unique(key).shape[0] + 1)
    )


def test_emails_and_prices_look_like_it(day):
    pattern = r"^[a-z]+\.[a-z]+[0-9]*@example\.(com|net|org)$"
    assert day.execute("select count(*) from customers where not regexp_matches(email, ?)", [pattern]).fetchall() == [
        (0,)
    ]
    assert day.execute(
        "select count(distinct email) - count(distinct (customer_id, email)) from customers"
    ).fetchall() == [(0,)]
    low, high = day.execute("select min(price), max(price) from products").fetchall()[0]
    assert 5 < low < high < 700


@pytest.mark.parametrize("table", ["customers", "sales"])
def test_a_longer_world_only_appends(table):
    short, long = retail(days=1), retail(days=9)
    assert short.tables[table].fingerprint == long.tables[table].fingerprint
    long.tables[table].count()  # the index is made for nine days before the first is read
    rows = short.tables[table].count()
    assert next(long.tables[table].batches(0, rows, batch_size=rows)).equals(
        next(short.tables[table].batches(batch_size=rows))
    )


@pytest.mark.parametrize("table", ["stores", "products", "sales"])
def test_rows_do_not_depend_on_slices_or_threads(table):
    world = retail(days=0.04)
    whole = next(world.tables[table].batches(batch_size=200_000))
    pieces = [
        b
        for low in range(0, whole.num_rows, 37)
        for b in world.tables[table].batches(low, min(low + 37, whole.num_rows))
    ]
    assert [row for piece in pieces for row in piece.to_pylist()] == whole.to_pylist()
    assert [b.to_pylist() for b in world.tables[table].batches(batch_size=100, threads=3)] == [
        b.to_pylist() for b in world.tables[table].batches(batch_size=100, threads=1)
    ]


def test_another_seed_is_another_world():
    assert retail(1).tables["sales"].fingerprint != retail(2).tables["sales"].fingerprint
    assert next(retail(1).tables["customers"].batches(0, 50)) != next(retail(2).tables["customers"].batches(0, 50))


def test_an_unknown_table_lists_the_known_ones():
    with pytest.raises(UnknownName) as caught:
        retail().tables["sale"]
    assert "customers" in (caught.value.hint or "")


@pytest.mark.parametrize("still", [{"new_per_batch": {"stores": 0}}, {"new_per_day": {"stores": 0.001}}])
def test_a_dimension_may_stand_still(still):
    world = retail(initial={"stores": 1}, **still)
    assert world.tables["stores"].count() == 1
    assert set(next(world.tables["sales"].batches(0, 1000)).column("store_id").to_pylist()) == {1}


@pytest.mark.parametrize("scale", [0.1, 3])
def test_scale_multiplies_the_rows_of_all_tables(scale):
    whole, scaled = ({t: w.tables[t].count() for t in w.tables} for w in (scaled_world(1), scaled_world(scale)))
    assert scaled["sales"] == pytest.approx(whole["sales"] * scale, abs=2)
    assert whole["sales"] == pytest.approx(10 * 144_000, rel=0.15)  # ten days of January, two of them Saturdays
    for table in KEYS:
        assert getattr(scaled_world(scale).volumes.initial, table) == INITIAL[table] * scale
        later = {s: counts[table] - INITIAL[table] * s for s, counts in ((1, whole), (scale, scaled))}
        assert later[scale] / later[1] == pytest.approx(scale, rel=0.3)


def scaled_world(scale: float) -> RetailDataset:
    """Ten days of the default world at a scale, by way of a project's configuration."""
    config = ProjectConfig(
        project="apparel", datasets=["retail"], start_date="2026-01-01", end_date="2026-01-11", scale=scale
    )
    return RetailDataset(config.world_settings())


def test_most_stores_are_open_however_long_the_shop_runs():
    """An update draws the status anew, and 82 % of the draws are open. So an open store shuts with a chance of .18 at
    an update and another opens with .82, and the chain is at rest where .82 × .18 = .18 × .82.
    """
    stores = clean(retail(days=60, sales_per_batch=0))
    found = stores.execute(
        """select was = 'open', status = 'open' from (select status, lag(status) over of_store as was from stores
        window of_store as (partition by store_id order by last_update_time)) where was is not null"""
    )
    steps = Counter(found.fetchall())
    from_open, from_shut = steps[True, True] + steps[True, False], steps[False, True] + steps[False, False]
    for found, count, right in ((steps[True, False], from_open, 0.18), (steps[False, True], from_shut, 0.82)):
        assert abs(found / count - right) < 4 * (right * (1 - right) / count) ** 0.5
    assert abs(from_open / (from_open + from_shut) - 0.82) < 4 * (0.82 * 0.18 / (from_open + from_shut)) ** 0.5
    last = stores.execute(
        """select avg((status = 'open')::int), count(*) from
        (select arg_max(status, last_update_time) as status from stores group by store_id)"""
    )
    share, count = last.fetchall()[0]
    assert abs(share - 0.82) < 4 * (0.82 * 0.18 / count) ** 0.5
