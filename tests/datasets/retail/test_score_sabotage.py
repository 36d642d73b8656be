"""Faults that real pipelines had: each is named with its column, an example and its cause, and costs what it harms."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from sbdk.datasets.retail.grading.grade import grade
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.score.finding import Finding
from sbdk.spec.data_set_sections import ScoreSettings
from support import plain_gold
from support.graded_shop import Day, broken

FACTS = "gold.denormalized_sales_facts"
SALES, RETURNS = "silver.sales_transactions", "silver.returns_transactions"
DAILY, WINDOWS = "gold.daily_sales_by_store", "gold.sales_by_store_window"
PRODUCTS, CUSTOMERS = "gold.product_performance", "gold.customer_lifetime_value"


@pytest.fixture(scope="module")
def day():
    return Day(2, 3, sales_per_batch=40)


@pytest.fixture(scope="module")
def right(day):
    with day.warehouse() as connection:
        connection.execute("set threads = 1")
        yield connection


def finding(card: RetailScorecard, where: str) -> Finding:
    """The finding of that table or column."""
    return next(one for one in card.findings() if one.where == where)


def _now(dimension: str, *columns: str) -> str:
    cells = ", ".join(f"{dimension}_{name} = h.{name}" for name in columns)
    key = f"{dimension}_id"
    return f"update {FACTS} f set {cells} from silver.{dimension}s h where f.{key} = h.{key} and h.valid_to is null;"


COLUMNS = {
    "tax doubled": (f"update {FACTS} set tax_amount = 2 * tax_amount", f"{FACTS}.tax_amount", "doubled"),
    "price times 1.2": (
        f"update {FACTS} set product_price = product_price * 1.2",
        f"{FACTS}.product_price",
        "multiplied by 1.2",
    ),
    "total with tax": (
        f"update {FACTS} set total_amount = total_amount + tax_amount",
        f"{FACTS}.total_amount",
        "with tax_amount added",
    ),
    "the current address": (
        _now("customer", "address", "loyalty_points"),
        f"{FACTS}.customer_loyalty_points",
        "joined to the current version, not to the one at event_time",
    ),
    "the current price": (
        _now("product", "price"),
        f"{FACTS}.product_price",
        "joined to the current version, not to the one at event_time",
    ),
    "quantity and price swapped": (
        f"update {SALES} set quantity = unit_price, unit_price = quantity",
        f"{SALES}.quantity",
        "",
    ),
    "days of another time zone": (
        f"""delete from {DAILY}; insert into {DAILY} by name
        select store_id, cast(event_time - interval 5 hours as date) as day, count(*) filter (not is_return) as sales,
          coalesce(sum(quantity) filter (not is_return), 0) as quantity,
          coalesce(sum(total_amount) filter (not is_return), 0) as sales_amount,
          count(*) filter (is_return) as returns, coalesce(-sum(quantity) filter (is_return), 0) as returned_quantity,
          coalesce(-sum(total_amount) filter (is_return), 0) as returned_amount, sum(total_amount) as net_amount,
          count(distinct customer_id) as customers, sum(tax_amount) as tax_amount,
          coalesce(sum(discount_applied) filter (not is_return), 0) as discount_amount
        from {FACTS} group by all""",
        f"{DAILY}.day",
        "shifted: exactly one day earlier",
    ),
    "windows an hour late": (
        f"update {WINDOWS} set window_start = window_start + interval 1 hour, window_end = window_end + interval 1 hour",
        f"{WINDOWS}.window_start",
        "shifted: exactly one hour later",
    ),
    "rules that are null": ("update quarantine.sales set rule = null", "quarantine.sales.rule", "null in place of the value"),
    "names and addresses swapped in every version": (
        "update silver.customers set name = address, address = name",
        "silver.customers.name",
        "swapped with address",
    ),
    "returns whose sign is left": (
        f"update {RETURNS} set returned_amount = -returned_amount",
        f"{RETURNS}.returned_amount",
        "with the other sign",
    ),
    "whole money": (f"update {CUSTOMERS} set lifetime_value = round(lifetime_value)", f"{CUSTOMERS}.lifetime_value", "rounded"),
}  # fmt: skip


@pytest.mark.parametrize("fault", COLUMNS)
def test_a_wrong_column_is_named_with_its_cause(day, right, fault):
    sql, where, cause = COLUMNS[fault]
    card = broken(day, right, sql)
    one = finding(card, where)
    assert cause in one.cause
    assert one.rows > 0
    least = 8 if "every version" in fault else 3
    assert sum(each.points for each in card.findings() if each.table == one.table) >= least


def test_the_example_is_the_first_wrong_cell_with_the_right_value(day, right):
    """Right: from the fold over the lines."""
    card = broken(day, right, f"update {FACTS} set tax_amount = 2 * tax_amount where quantity > 1")
    sales = [sale for sale in day._placed()["loaded"] if sale["quantity"] > 1]
    first = min(sales, key=lambda sale: sale["transaction_id"])
    one = finding(card, f"{FACTS}.tax_amount")
    assert one.rows == len(sales)
    assert one.example is not None
    assert one.example.as_dict() == {
        "key": {"transaction_id": str(first["transaction_id"])},
        "right": f"{first['tax_amount']:.2f}",
        "found": f"{2 * first['tax_amount']:.2f}",
    }


def test_dimension_columns_of_the_current_version_are_wrong_where_the_version_changed(day, right):
    card = broken(day, right, _now("customer", "loyalty_points", "address"))
    histories = plain_gold.Histories(day.fold.scd2)
    now = {record["customer_id"]: record for record in histories.current("customer")}
    wrong = 0
    for sale in day._placed()["loaded"]:
        version = histories.at("customer", sale["customer_id"], sale["event_time"])
        assert version is not None
        wrong += version[0]["loyalty_points"] != now[sale["customer_id"]]["loyalty_points"]
    assert wrong > 50
    assert finding(card, f"{FACTS}.customer_loyalty_points").rows == wrong


@pytest.mark.parametrize("table", [FACTS, SALES, DAILY, WINDOWS, PRODUCTS, CUSTOMERS])
def test_a_main_table_that_is_gone_empty_or_cut_costs_15(day, right, table):
    for sql in (f"drop table {table}", f"delete from {table}", f"delete from {table} where rowid % 10 > 0"):
        card = broken(day, right, sql)
        assert finding(card, table).points >= 15
        assert card.score <= 85


@pytest.mark.parametrize("table", [RETURNS, "silver.late_sales", "silver.held_sales", "quarantine.customers"])
def test_a_smaller_table_that_is_gone_or_empty_costs_3(day, right, table):
    for sql in (f"drop table {table}", f"delete from {table}"):
        assert finding(broken(day, right, sql), table).points >= 3


def test_all_values_null_is_as_bad_as_no_table(day, right):
    cells = ", ".join(
        f'"{row[0]}" = null' for row in right.execute(f"describe {FACTS}").fetchall() if row[0] != "transaction_id"
    )
    card = broken(day, right, f"update {FACTS} set {cells}")
    assert sum(one.points for one in card.findings() if one.table == FACTS) == pytest.approx(20)
    ids = broken(
        day, right, f"create table ids as select transaction_id from {SALES}; drop table {SALES}; "
        f"create table {SALES} as select transaction_id, 'x' as payment_method, 0 as quantity from ids"
    )  # fmt: skip
    assert sum(one.points for one in ids.findings() if one.table == SALES) == pytest.approx(20)


def _without(share: str) -> str:
    """All tables as if these sales had never come."""
    keep = f"not ({share})"
    sums = {
        WINDOWS: "select store_id, time_bucket(interval 10 minutes, event_time) as window_start",
        DAILY: "select store_id, cast(event_time as date) as day",
    }
    statements = [f"delete from {table} where {share}" for table in (SALES, RETURNS, FACTS)]
    for table, head in sums.items():
        statements += [
            f"delete from {table}",
            f"""insert into {table} by name {head}, count(*) filter (quantity >= 0) as sales,
              coalesce(sum(quantity) filter (quantity >= 0), 0) as quantity,
              coalesce(sum(total_amount) filter (quantity >= 0), 0) as sales_amount, sum(total_amount) as net_amount
            from {FACTS} where {keep} group by all""",
        ]
    return "; ".join(statements)


@pytest.mark.parametrize(("share", "most"), [("transaction_id % 2 = 0", 70), ("transaction_id % 10 > 0", 20)])
def test_losing_sales_everywhere(day, right, share, most):
    card = broken(day, right, _without(share))
    assert card.score <= most
    lost = sum(1 for sale in day._placed()["loaded"] if _is_lost(sale["transaction_id"], share))
    one = finding(card, FACTS)
    assert (one.rows, one.cause) == (lost, f"missing: {lost:,} nowhere")
    assert not [each for each in card.findings() if "treated so without having it" in each.text]


def _is_lost(number: int, share: str) -> bool:
    return number % 2 == 0 if "% 2" in share else number % 10 > 0


def test_one_sale_that_is_lost_everywhere_costs_little_and_is_named(day, right):
    """What follows from it in the sums is told as that."""
    sale = day._placed()["loaded"][0]
    card = broken(day, right, _only_lost(sale["transaction_id"]))
    assert 90 < card.score < 100
    assert finding(card, FACTS).rows == 1
    assert finding(card, f"{DAILY}.sales").cause == "follows from the facts, which are wrong"


def _only_lost(number: int) -> str:
    """The facts and the days without one sale; the facts of the store are summed again."""
    return f"""create temp table lost as from {FACTS} where transaction_id = {number};
    delete from {FACTS} where transaction_id = {number};
    delete from {SALES} where transaction_id = {number}; delete from {RETURNS} where transaction_id = {number};
    update {DAILY} d set sales = d.sales - (lost.quantity > 0)::int, returns = d.returns - (lost.quantity < 0)::int,
      net_amount = d.net_amount - lost.total_amount from lost where d.store_id = lost.store_id"""


@pytest.mark.parametrize(
    ("table", "kept", "fault"),
    [
        (WINDOWS, "store_id, window_start", "quantity"),
        ("silver.customers", "customer_id, valid_from, valid_to", "email"),
    ],
)
def test_fewer_columns_are_a_fault_of_a_default_table_and_less_coverage_of_another(day, right, table, kept, fault):
    role = {"silver.customers": "customers", WINDOWS: "windows"}[table]
    right.execute("begin")
    try:
        right.execute(
            f"""create temp table kept as select {kept} from {table};
            create schema mine; create table mine.own as from kept;
            create or replace table {table} as from kept"""
            if table == WINDOWS
            else f"create schema mine; create table mine.own as select {kept} from {table};"
            f"create temp table kept as from mine.own; {_no_views()} drop table {table};"
            f"create table {table} as from kept"
        )
        card = grade(right, day.truth, ScoreSettings())
        assert finding(card, f"{table}.{fault}").cause == "there is no such column"
        assert sum(one.points for one in card.findings() if one.table == table) >= 15
        mapped = ScoreSettings.model_validate({"tables": {role: "mine.own"}})
        card = grade(right, day.truth, mapped)
        assert not [one for one in card.findings() if one.table in (table, "mine.own")]
        assert card.coverage < 100
        assert f"{role}.{fault}" in card.uncovered
        assert card.grade != "A+"
    finally:
        right.execute("rollback")


def _no_views() -> str:
    return """create table kept_current as from silver.customers_current; drop view silver.customers_current;
    create table silver.customers_current as from kept_current;"""


def test_versions_that_are_dropped_are_told(day, right):
    card = broken(
        day,
        right,
        "create temp table k as from silver.products; delete from silver.products where valid_to is not null",
    )
    old = sum(1 for _, _, end in day.fold.scd2["products"] if end is not None)
    one = finding(card, "silver.products")
    assert (one.rows, one.cause) == (old, "missing: versions that were followed by others")
    assert one.points >= 8


SAME = {
    "row order": f"create temp table t as from {FACTS} order by random(); delete from {FACTS}; insert into {FACTS} from t",
    "column order": f"""create temp table t as from {FACTS};
      create or replace table {FACTS} as select product_price, tax_amount, * exclude (product_price, tax_amount) from t""",
    "more columns": f"alter table {FACTS} add column mine varchar default 'x'; alter table {DAILY} add column m int",
    "wider types": f"""alter table {FACTS} alter quantity type hugeint; alter table {FACTS} alter tax_amount type decimal(30, 6);
      alter table {DAILY} alter sales type varchar; alter table {FACTS} alter event_time type timestamp with time zone""",
    "doubles for money": f"""alter table {FACTS} alter tax_amount type double; alter table {FACTS} alter total_amount type double;
      alter table {CUSTOMERS} alter lifetime_value type double; alter table {DAILY} alter net_amount type double""",
    "the end of time": "update silver.products set valid_to = '9999-12-31' where valid_to is null",
    "quotients that are not rounded": f"""update {CUSTOMERS} set average_sale = sales_amount / nullif(sales, 0);
      update {PRODUCTS} set return_rate = returned_quantity / nullif(quantity, 0)""",
    "quotients that are rounded": f"""update {CUSTOMERS} set average_sale = round(sales_amount / nullif(sales, 0), 2);
      update {PRODUCTS} set return_rate = round(returned_quantity / nullif(quantity, 0), 4)""",
}  # fmt: skip


@pytest.mark.parametrize("change", SAME)
def test_what_is_no_fault_keeps_100(day, right, change):
    sql = SAME[change]
    if "valid_to" in sql:
        sql = f"{_no_views().replace('customers', 'products')} {sql}"
    right.execute("set TimeZone = 'America/New_York'")
    sql = sql.replace("timestamp with time zone", "timestamp with time zone using event_time at time zone 'UTC'")
    card = broken(day, right, sql)
    right.execute("set TimeZone = 'UTC'")
    assert (card.findings(), card.score, card.grade, card.coverage) == ([], 100, "A+", 100)
