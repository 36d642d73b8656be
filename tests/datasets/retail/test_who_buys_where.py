"""Who buys what, where, and how they pay: the versions valid at event_time are joined by DuckDB."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from support.retail_worlds import clean, retail

STORES = {"initial": {"stores": 60, "customers": 5_000, "products": 300}, "new_per_batch": {"stores": 1}}


@pytest.fixture(scope="module")
def day():
    return clean(retail(**STORES))


def test_only_stores_that_are_open_sell(day):
    query = """select count(*), count(*) filter (t.status = 'open') from sales s
        asof join stores t on s.store_id = t.store_id and s.event_time >= t.last_update_time"""
    sales, at_open_ones = day.execute(query).fetchall()[0]
    assert sales == at_open_ones > 100_000
    closed = day.execute("select count(*) from stores where status <> 'open'").fetchall()[0][0]
    assert closed > 20  # or the join above would prove nothing


def test_when_most_stores_are_closed_the_open_ones_sell():
    """Three stores that open and close again and again: as long as one of them is open, no closed one sells."""
    often = {"initial": {"stores": 3}, "new_per_batch": {"stores": 1}, "update_share": {"stores": 0.97}}
    day = clean(retail(**often, sales_per_batch=40))
    day.execute(
        """create table spans as select store_id, status, last_update_time as since, coalesce(lead(last_update_time)
        over (partition by store_id order by last_update_time), '2099-01-01') as until from stores"""
    )
    query = """select transaction_id, bool_or(status = 'open' and t.store_id <= 3) as one_open,
        bool_or(status = 'open' and t.store_id = s.store_id) as own_open
        from sales s join spans t on event_time >= since and event_time < until group by 1"""
    found = day.execute(f"select one_open, own_open, count(*) from ({query}) group by all").fetchall()
    assert {(one, own) for one, own, _ in found} >= {(True, True)}
    assert (True, False) not in {(one, own) for one, own, _ in found}


def test_a_customer_is_in_one_store_at_a_time(day):
    near = """select count(*) from (select store_id <> lag(store_id) over w as other,
        event_time - lag(event_time) over w as since from sales window w as
        (partition by customer_id order by event_time, transaction_id)) where other and since < interval 5 minutes"""
    assert day.execute(near).fetchall()[0][0] < 150  # of 144,000; with stores at random it would be 100,000


def test_a_customer_has_few_stores(day):
    counts = np.array(
        day.execute("select count(distinct store_id) from sales group by customer_id having count(*) >= 20").fetchall()
    )
    assert np.mean(counts <= 4) > 0.9
    assert len(np.unique(counts)) >= 3


def test_visits_have_a_heavy_tail(day):
    """The weights are 64 ÷ j for j in 1..64: half of the customers weigh 1, the heaviest 64, the mean is 4.4."""
    bought = np.array(day.execute("select count(*) from sales group by customer_id").fetchnumpy()["count_star()"])
    bought = np.sort(np.concatenate([bought, np.zeros(5_000 - min(len(bought), 5_000), bought.dtype)]))
    top = bought[-len(bought) // 5 :].sum() / bought.sum()
    right = sorted(64 // j for j in range(1, 65))
    assert top == pytest.approx(sum(right[-13:]) / sum(right), abs=0.06)
    assert np.median(bought) < bought.mean() / 2.5


def test_two_in_three_sales_are_paid_as_the_customer_always_pays(day):
    """65 %, and of the rest those that happen to be paid so."""
    rows = day.execute(
        """select customer_id, payment_method, count(*) n from sales where customer_id in
        (select customer_id from sales group by 1 having count(*) >= 60) group by 1, 2"""
    ).fetchnumpy()
    most: dict[int, int] = {}
    for customer, n in zip(rows["customer_id"].tolist(), rows["n"].tolist(), strict=True):
        most[customer] = max(n, most.get(customer, 0))
    assert 0.70 < sum(most.values()) / rows["n"].sum() < 0.80


def test_all_payment_methods_come_as_often_as_before(day):
    shares = [45, 25, 15, 12, 3]
    found = sorted(row[0] for row in day.execute("select count(*) from sales group by payment_method").fetchall())
    assert [n / sum(found) * 100 for n in found] == pytest.approx(sorted(shares), abs=3)


def test_some_sales_happen_at_the_very_moment_of_an_update_and_get_the_new_version(day):
    query = """select count(*), count(*) filter (s.unit_price = p.price), count(*) filter (o.price <> p.price)
        from sales s join products p on s.product_id = p.product_id and s.event_time = p.last_update_time
        asof join products o on s.product_id = o.product_id and s.event_time > o.last_update_time"""
    exact, right, price_changed = day.execute(query).fetchall()[0]
    assert exact == right
    assert 0.001 < exact / 144_000 < 0.01
    assert price_changed > 20


def test_a_version_changes_between_two_sales_of_the_same_minute(day):
    """Of one product: the first has the old price, the second the new one."""
    query = """select count(*) from (select unit_price <> lag(unit_price) over w as changed,
        date_trunc('minute', event_time) = date_trunc('minute', lag(event_time) over w) as same
        from sales window w as (partition by product_id order by event_time, transaction_id)) where changed and same"""
    assert day.execute(query).fetchall()[0][0] > 50


def test_new_customers_and_products_sell_like_the_others():
    """Those that came on the first day, on the second: their mean is that of the others, within a heavy tail."""
    many = {"new_per_day": {"customers": 3_000, "products": 300}, "new_per_batch": {"products": 20, "customers": 50}}
    day = clean(retail(days=2, initial={"customers": 3_000, "products": 300}, **many))
    for name in ("customer", "product"):
        query = f"""with came as (select {name}_id, min(last_update_time) t from {name}s group by 1),
            sold as (select {name}_id, count(*) n from sales where event_time >= '2026-01-02' group by 1)
            select avg(coalesce(n, 0)) filter (t > '2026-01-01'), avg(coalesce(n, 0)) filter (t = '2026-01-01')
            from came left join sold using ({name}_id) where t < '2026-01-02'"""
        new, old = day.execute(query).fetchall()[0]
        assert 0.6 < new / old < 1.6


def test_rows_in_any_order_are_the_rows():
    world = retail(days=0.5)
    made = world.records("sales")
    rows = np.random.default_rng(5).integers(0, 60_000, 800)
    whole = made.rows(np.arange(60_000)).take(rows)
    assert made.rows(rows).equals(whole)
    assert made.times(rows).tolist() == whole.column("event_time").cast("int64").to_pylist()


def test_counting_before_any_time_agrees_with_the_times():
    sales = retail(days=0.5, sales_per_batch=100).records("sales")
    times = sales.times(np.arange(8_000))
    assert (np.diff(times) >= 0).all()
    for time in np.concatenate([times[::97], times[::89] + 1, times[::83] - 1]).tolist():
        assert sales.before(time) == np.searchsorted(times, time)


def test_stores_differ_in_size(day):
    sold = [row[0] for row in day.execute("select count(*) from sales group by store_id").fetchall()]
    assert max(sold) > 1.7 * np.median(sold)
    assert stats.variation(sold) > 0.3


def test_customers_buy_in_the_city_where_they_live(day):
    """The city in the two addresses."""
    city = r"regexp_extract(any_value(address), ', ([^,]+, [A-Z]{2}) [0-9]', 1) as city"
    query = f"""select avg((s.city = c.city)::int), count(distinct s.city) from sales
        join (select store_id, {city} from stores group by 1) s using (store_id)
        join (select customer_id, {city} from customers group by 1) c using (customer_id)"""
    same, cities = day.execute(query).fetchall()[0]
    assert same > 0.7  # 95 % live near a store, but it may be closed; at random it would be a few percent
    assert cities > 10
