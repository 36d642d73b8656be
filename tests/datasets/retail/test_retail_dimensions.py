"""Dimensions: how many records come, what an update may change, and that nothing depends on where the data end."""

from __future__ import annotations

import pytest
from scipy import stats

from sbdk.core.errors import UnknownName
from support.retail_worlds import START, clean, retail

KEYS = {"stores": "store_id", "customers": "customer_id", "products": "product_id"}
INITIAL = {"stores": 5, "customers": 50, "products": 20}
MOST = {"stores": 10, "customers": 30, "products": 20}
SHARE = {"stores": 0.5, "customers": 0.3, "products": 0.3}
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
    return clean(retail())


@pytest.mark.parametrize("table", KEYS)
def test_the_first_records_are_there_at_the_start(day, table):
    first = day.execute(
        f"select count(*), count(distinct {KEYS[table]}) from {table} where last_update_time = ?", [START]
    )
    assert first.fetchall() == [(INITIAL[table], INITIAL[table])]


@pytest.mark.parametrize("table", KEYS)
def test_each_batch_brings_uniformly_0_to_the_most_new_ones(day, table):
    counts = dict(
        day.execute(
            f"""with firsts as (select min(last_update_time) t from {table} group by {KEYS[table]}),
            per_batch as
            (select floor(epoch(t - ?::timestamp) / 300)::int b, count(*) n from firsts where t > ? group by b)
            select coalesce(n, 0) n, count(*) from range(288) r(b) left join per_batch using (b) group by 1""",
            [START, START],
        ).fetchall()
    )
    assert max(counts) <= MOST[table]
    observed = [counts.get(n, 0) for n in range(MOST[table] + 1)]
    assert sum(observed) == 288
    assert stats.chisquare(observed).pvalue > 1e-4


@pytest.mark.parametrize("table", KEYS)
def test_the_share_of_updates_is_binomial(day, table):
    records, entities = day.execute(f"select count(*), count(distinct {KEYS[table]}) from {table}").fetchall()[0]
    later = records - INITIAL[table]
    assert stats.binomtest(records - entities, later, SHARE[table]).pvalue > 1e-5


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
    assert 5 < low < high < 400


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
    world = retail(days=0.1)
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


def test_a_dimension_may_stand_still():
    world = retail(new_per_batch={"stores": 0}, initial={"stores": 1})
    assert world.tables["stores"].count() == 1
    assert set(next(world.tables["sales"].batches(0, 1000)).column("store_id").to_pylist()) == {1}
