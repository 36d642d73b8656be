"""Sales: volumes, whom they refer to, and what they cost, recomputed by DuckDB."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest

from support.retail_worlds import clean, retail


@pytest.fixture(scope="module")
def day():
    return clean(retail())


def test_ids_ascend_with_time(day):
    query = """select count(*) from
        (select transaction_id - lag(transaction_id) over (order by event_time, transaction_id) as d
        from sales) where d <> 1"""
    assert day.execute(query).fetchall() == [(0,)]


@pytest.mark.parametrize("parent", ["store", "customer", "product"])
def test_nobody_is_referred_to_before_the_first_version(day, parent):
    query = f"""select count(*) from sales s
        left join (select {parent}_id, min(last_update_time) t from {parent}s group by 1) f using ({parent}_id)
        where f.t is null or f.t > s.event_time"""
    assert day.execute(query).fetchall() == [(0,)]


def test_the_unit_price_is_the_price_at_the_time(day):
    query = """select count(*), count(*) filter (s.unit_price <> p.price) from sales s
        asof join products p on s.product_id = p.product_id and s.event_time >= p.last_update_time"""
    (sales, wrong) = day.execute(query).fetchall()[0]
    assert sales > 140_000
    assert wrong == 0
    moved = "select count(*) from sales s join products p using (product_id) where s.unit_price <> p.price"
    assert day.execute(moved).fetchall()[0][0] > 10_000  # or the join above would prove nothing


def test_amounts_are_exact(day):
    rows = day.execute(
        """select quantity, unit_price, total_amount, discount_applied, tax_amount
        from sales using sample 20000 (reservoir, 1)"""
    ).fetchall()
    for quantity, price, total, discount, tax in rows:
        assert total == quantity * price
        assert tax == (total * Decimal("0.08")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert 0 <= discount <= total / 5
    assert {row[0] for row in rows} == {1, 2, 3, 4, 5}


def test_payment_methods_and_types(day):
    types = dict(day.execute("select column_name, column_type from (describe sales)").fetchall())
    assert types["quantity"] == "INTEGER"
    assert types["transaction_id"] == "BIGINT"
    assert {types[c] for c in ("unit_price", "total_amount", "discount_applied", "tax_amount")} == {"DECIMAL(12,2)"}
    assert types["event_time"] == "TIMESTAMP"
    assert len(day.execute("select distinct payment_method from sales").fetchall()) == 5


@pytest.mark.parametrize(("per_batch", "tax"), [(1, 0.0), (7, 0.19), (1000, 1.0)])
def test_volume_and_tax_follow_the_settings(per_batch, tax):
    world = retail(days=0.25, sales_per_batch=per_batch, tax=tax)
    evening = 288 * (0.12 + 0.09 + 0.04) * 0.90 * 1.10  # 18 to 21 h of 31 December, a Wednesday
    assert world.tables["sales"].count() == pytest.approx(evening * per_batch, rel=0.005, abs=2)
    row = next(world.tables["sales"].batches(0, 1)).to_pylist()[0]
    assert row["tax_amount"] == (row["total_amount"] * Decimal(str(tax))).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_no_sales_at_all():
    world = retail(sales_per_batch=0)
    assert world.tables["sales"].count() == 0
    assert list(world.tables["sales"].batches()) == []
