"""Every test of the bookstore template can fail: what it forbids is planted, and it turns red."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sbdk.transform import TransformResult
from support.planting import CLOCK, bad_key, change, lose, named, raw
from support.template_worker import TEMPLATES

DBT = TEMPLATES / "bookstore" / "dbt"
FACTS, DAILY, STOCK = "analytics.fact_sales", "analytics.sales_performance_daily", "analytics.inventory_optimization"
DEMAND, HISTORY = "ml_features.demand_forecasting_features", "ml_features.book_features_history"


STRANGER = "book_id = 'BOOK_999999'"
VIOLATIONS: dict[str, list[str]] = {
    # staging
    "stg_publishers_primary_key": bad_key("raw.publishers", "publisher_id"),
    "stg_publishers_id_format": raw("publishers", "publisher_id = 'P1'", "publisher_id = 'PUB_12345'"),
    "stg_publishers_accepted_categories": raw("publishers", "publisher_type = 'Vanity'", "active_status = 'Asleep'"),
    "stg_publishers_rows_satisfy": raw(
        "publishers", "established_year = 1200", "established_year = 2100", "total_titles = -1", f"created_at = {CLOCK}"
    ),
    "not_null_stg_publishers_publisher_name": raw("publishers", "publisher_name = ' '"),
    "stg_books_primary_key": bad_key("raw.books", "book_id"),
    "stg_books_id_format": raw("books", "book_id = 'BOOK_1'", "isbn = '123'", "isbn = null"),
    "stg_books_accepted_categories": raw("books", "genre = 'Crime'", "format = 'Scroll'", "language = null"),
    "stg_books_rows_satisfy": raw(
        "books", "price = 0", "price = null", "page_count = 0", "publication_year = 1000", f"created_at = {CLOCK}"
    ),
    "unique_stg_books_isbn": [change("raw.books", "isbn = (select isbn from raw.books where book_id = 'BOOK_000002')")],
    "not_null_stg_books_title": raw("books", "title = ''"),
    "not_null_stg_books_publisher_id": raw("books", "publisher_id = null"),
    "stg_books_publisher_exists": raw("books", "publisher_id = 'PUB_999999'"),
    "isbns_have_their_check_digit": raw("books", "isbn = '9780000000018'"),
    "books_not_before_their_publisher": raw("books", "publication_year = 1901"),
    "stg_sales_primary_key": bad_key("raw.sales", "transaction_id"),
    "stg_sales_id_format": raw("sales", "transaction_id = 'TXN_7'"),
    "stg_sales_accepted_categories": raw("sales", "channel = 'Radio'", "customer_type = null", "region = 'Middle'"),
    "stg_sales_rows_satisfy": raw(
        "sales", "quantity = 0", "unit_price = -1", "discount_percent = 101", "total_amount = -1",
        "total_amount = total_amount + 0.02", "sale_date = sale_date + 1", f"created_at = {CLOCK}",
    ),
    "stg_sales_book_exists": raw("sales", STRANGER),
    "sales_not_before_publication": raw("sales", "sale_date = date '2020-01-01'"),
    "sales_are_not_recorded_twice": [
        "insert into raw.sales select * replace ('TXN_99999999' as transaction_id) from raw.sales limit 1"
    ],
    "stg_inventory_primary_key": bad_key("raw.inventory", "inventory_id"),
    "stg_inventory_id_format": raw("inventory", "inventory_id = 'INV'"),
    "stg_inventory_accepted_categories": raw("inventory", "warehouse_location = 'Warehouse_D'"),
    "stg_inventory_rows_satisfy": raw(
        "inventory", "stock_quantity = -1", "reorder_point = -1", "storage_cost_per_unit = -1", "shelf_life_days = 0",
        f"last_restock_date = cast({CLOCK} as date)", f"created_at = {CLOCK}",
    ),
    "stg_inventory_book_exists": raw("inventory", STRANGER),
    "stg_campaign_events_primary_key": bad_key("raw.campaign_events", "campaign_id"),
    "stg_campaign_events_id_format": raw("campaign_events", "campaign_id = 'C'"),
    "stg_campaign_events_accepted_groups": raw("campaign_events", "treatment_group = 'placebo'"),
    "stg_campaign_events_rows_satisfy": raw(
        "campaign_events", "clicks = impressions + 1", "clicks = -1", "spend = -1", "treatment_group = null",
        "experiment_id = 'E1'", f"created_at = {CLOCK}",
    ),
    # dimensions
    "dim_publishers_primary_key": bad_key("analytics.dim_publishers", "publisher_id"),
    "dim_publishers_holds_every_publisher": [lose("analytics.dim_publishers")],
    "dim_books_primary_key": bad_key("analytics.dim_books", "book_id"),
    "dim_books_holds_every_book": [lose("analytics.dim_books")],
    "dim_books_publisher_exists": [change("analytics.dim_books", "publisher_id = 'PUB_999999'")],
    "dim_books_accepted_categories": [
        change("analytics.dim_books", "price_category = null"),
        change("analytics.dim_books", "length_category = 'Tiny'"),
    ],
    # facts
    "fact_sales_primary_key": bad_key(FACTS, "transaction_id"),
    "fact_sales_holds_every_sale": [lose(FACTS)],
    "fact_sales_book_exists": [change(FACTS, STRANGER)],
    "fact_sales_publisher_exists": [change(FACTS, "publisher_id = 'PUB_999999'")],
    "fact_sales_rows_satisfy": [
        change(FACTS, "total_amount = -1"),
        change(FACTS, "discount_amount = discount_amount + 1"),
        change(FACTS, "publisher_name = null"),
    ],
    "facts_reconcile_with_raw": [
        lose(FACTS), change(FACTS, "quantity = quantity + 1"), change(FACTS, "sale_date = sale_date + 1"),
    ],
    "facts_describe_their_books": [change(FACTS, "title = 'Other'"), change(FACTS, "price_category = null")],
    "sales_performance_daily_primary_key": bad_key(DAILY, "sale_date"),
    "sales_performance_daily_no_missing_days": [lose(DAILY)],
    "sales_performance_daily_rows_satisfy": [
        change(DAILY, "online_revenue = online_revenue + 1"),
        change(DAILY, "gross_revenue = gross_revenue + 1"),
        change(DAILY, "books_sold = transactions + 1"),
        change(DAILY, "transactions = 0, books_sold = 0", "transactions > 0"),
    ],
    "daily_sales_reconcile": [change(DAILY, "units = units + 1"), change(DAILY, "revenue = revenue + 1")],
    "inventory_optimization_primary_key": bad_key(STOCK, "book_id"),
    "inventory_optimization_book_exists": [change(STOCK, STRANGER)],
    "inventory_optimization_accepted_statuses": [change(STOCK, "stock_status = 'lost'")],
    "inventory_optimization_rows_satisfy": [
        change(STOCK, "stock_quantity = -1"),
        change(STOCK, "days_measured = 0"),
        change(STOCK, "cover_days = null", "units_sold > 0"),
        change(STOCK, "reorder_quantity = 0", "reorder_now"),
        change(STOCK, "is_dead_stock = true", "stock_quantity > 0 and units_sold > 0"),
        change(STOCK, "is_dead_stock = true", "stock_quantity = 0"),
    ],
    "inventory_reconciles": [lose(STOCK, "stock_quantity > 0"), change(STOCK, "stock_quantity = stock_quantity + 1")],
    # features
    "demand_features_primary_key": [*bad_key(DEMAND, "book_id"), change(DEMAND, "feature_date = null")],
    "demand_features_book_exists": [change(DEMAND, STRANGER)],
    "demand_features_no_missing_dates": [
        lose(DEMAND, "feature_date = '2025-10-10'"),
        f"delete from {DEMAND} where feature_date = (select max(feature_date) from {DEMAND})",
    ],
    "demand_features_rows_satisfy": [
        change(DEMAND, "target_units = -1"),
        change(DEMAND, "days_since_listed = 0"),
        change(DEMAND, "units_lag_1 = -1"),
        change(DEMAND, "units_stddev_7 = -1", "units_stddev_7 is not null"),
        change(DEMAND, "units_growth_1 = 'infinity'"),
        change(DEMAND, "units_growth_7 = -2"),
        change(DEMAND, "days_since_last_sale = null", "units_before > 0"),
    ],
    "demand_features_reconcile": [
        change(DEMAND, "target_units = target_units + 1"),
        change(DEMAND, "units_before = units_before + 1", "feature_date = '2025-12-31'"),
    ],
    "demand_features_lags_are_calendar_days": [
        f"update {DEMAND} as f set units_lag_{days} = other from (select book_id, feature_date, "
        f"lag(target_units, {rows}) over (partition by book_id order by feature_date) as other from {DEMAND}) as l "
        "where l.book_id = f.book_id and l.feature_date = f.feature_date"
        for days, rows in ((1, 2), (7, 6), (30, 31))
    ],
    "demand_features_no_look_ahead": [
        f"update {DEMAND} set units_average_7 = units_average_7 + 0.01",
        f"update {DEMAND} set units_lag_30 = target_units",
        f"update {DEMAND} set units_growth_7 = null",
        f"delete from {DEMAND} where book_id = 'BOOK_000003'",
        f"update {DEMAND} set book_id = 'BOOK_999999' where book_id = 'BOOK_000003'",
    ],
    "book_features_history_primary_key": [*bad_key(HISTORY, "book_id"), change(HISTORY, "as_of_date = null")],
    "book_features_history_book_exists": [change(HISTORY, STRANGER)],
    "book_features_history_rows_satisfy": [
        change(HISTORY, "units_30 = units_total + 1"),
        change(HISTORY, "revenue_30 = -1"),
        change(HISTORY, "velocity_score = 101"),
        change(HISTORY, "age_months = -1"),
        change(HISTORY, "days_since_last_sale = null", "units_total > 0"),
        change(HISTORY, "days_since_last_sale = 0", "units_total > 0"),
        change(HISTORY, "online_share = online_share + 0.1", "units_total > 0"),
        change(HISTORY, "business_share = null", "units_total > 0"),
    ],
    "book_features_history_no_look_ahead": [
        f"update {HISTORY} set units_total = units_total + 1 where as_of_date < '2026-01-01'",
        f"update {HISTORY} set velocity_score = velocity_score / 2",
    ],
    "book_features_primary_key": bad_key("ml_features.book_features", "book_id"),
}  # fmt: skip
"""For each data test what it forbids, one or more; staging views are changed through their raw table."""


def own_tests(result: TransformResult) -> set[str]:
    """The tests of this template but for those of the experiments, which have their own violations."""
    others = {name for path in (DBT / "models" / "experiments").glob("*.yml") for name in named(path)}
    others |= {path.stem for path in (DBT / "tests").rglob("*.sql") if "ref('ab_test" in path.read_text()}
    return {test.name for test in result.tests if test.name not in others and "ab_test" not in test.name}


def test_a_violation_is_listed_for_each_test(bookstore_run: tuple[Path, TransformResult]) -> None:
    result = bookstore_run[1]
    assert own_tests(result) == set(VIOLATIONS)
    assert len(VIOLATIONS) >= 50
    assert {test.status for test in result.tests} == {"pass"}


@pytest.fixture(scope="module")
def copied(bookstore_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = shutil.copy(bookstore_built, tmp_path_factory.mktemp("violations") / bookstore_built.name)
    with duckdb.connect(str(path)) as connection:
        yield connection


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_a_violation_turns_its_test_red(
    name: str, bookstore_run: tuple[Path, TransformResult], copied: duckdb.DuckDBPyConnection
) -> None:
    """The query that dbt asked finds no row in what was built, and some in what is planted."""
    (query,) = [test.compiled_sql for test in bookstore_run[1].tests if test.name == name]
    assert query is not None
    assert copied.execute(query).fetchall() == []
    for violation in VIOLATIONS[name]:
        copied.execute("begin")
        assert copied.execute(violation).fetchall()[0][0] > 0, f"nothing was planted: {violation}"
        assert copied.execute(query).fetchall() != [], violation
        copied.execute("rollback")
