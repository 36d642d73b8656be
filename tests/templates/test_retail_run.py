"""A small day of dirty streams through the retail template, held against a fold over its landing files."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from support.retail_fold import COLUMNS, DIMENSIONS, Fold
from support.retail_shop import STREAMS, Apparel

_LEDGERS = " union all ".join(
    f"select '{stream}', received, bronze.source_file, bronze.source_position, case when bucket = 'accepted' then "
    + ("if(held.transaction_id is null, 'loaded', 'held')" if stream == "sales" else "'loaded'")
    + f" else bucket end from silver.{stream}_ledger ledger join bronze.{stream} bronze using (received)"
    + (" left join silver.held_sales held using (transaction_id)" if stream == "sales" else "")
    for stream in STREAMS
)


@pytest.fixture(scope="module")
def shop(apparel: Apparel) -> Apparel:
    return apparel


@pytest.fixture(scope="module")
def fold(shop: Apparel) -> Fold:
    made = Fold()
    for stream in DIMENSIONS:
        made.dimension(stream, (line for _, _, line in shop.lines(stream)))
    made.facts(line for _, _, line in shop.lines("sales"))
    return made


Places = dict[str, list[tuple[str, int, str]]]


@pytest.fixture(scope="module")
def placed(shop: Apparel) -> Places:
    """By stream, in the order received: file, position, bucket."""
    found: Places = {stream: [] for stream in STREAMS}
    for stream, _, file, position, bucket in shop.rows(f"select * from ({_LEDGERS}) order by 1, 2"):
        found[stream].append((file, position, bucket))
    return found


def test_the_small_day_has_every_bucket(fold: Fold) -> None:
    assert set(fold.buckets["sales"]) == {"loaded", "quarantined", "duplicate", "late", "held"}
    assert all(set(fold.buckets[name]) == {"loaded", "quarantined", "duplicate"} for name in DIMENSIONS)


@pytest.mark.parametrize("stream", STREAMS)
def test_each_landed_line_is_received_once_with_its_file_and_position(
    shop: Apparel, placed: Places, stream: str
) -> None:
    landed = [(file, position) for file, position, _ in shop.lines(stream)]
    assert [(file, position) for file, position, _ in placed[stream]] == landed


@pytest.mark.parametrize("stream", STREAMS)
def test_each_record_is_in_the_bucket_that_a_fold_puts_it_in(fold: Fold, placed: Places, stream: str) -> None:
    assert [bucket for _, _, bucket in placed[stream]] == fold.buckets[stream]


@pytest.mark.parametrize("stream", STREAMS)
def test_received_is_loaded_quarantined_duplicate_late_and_held(shop: Apparel, fold: Fold, stream: str) -> None:
    lines = sum(1 for _ in shop.lines(stream))
    buckets = ("loaded", "quarantined", "duplicate", "late", "held")
    sql = f"select received, {', '.join(buckets)} from silver.conservation where stream = '{stream}'"
    [(received, *parts)] = shop.rows(sql)
    count = Counter(fold.buckets[stream])
    assert received == lines == sum(parts)
    assert parts == [count[name] for name in buckets]


@pytest.mark.parametrize("stream", DIMENSIONS)
def test_a_dimension_has_every_version_in_the_order_of_events(shop: Apparel, fold: Fold, stream: str) -> None:
    columns = ", ".join([*COLUMNS[stream], "valid_from", "valid_to"])
    found = shop.rows(f"select {columns} from silver.{stream}")
    assert len(found) == len(set(found))
    assert set(found) == fold.history(stream)
    assert "Unknown" in {cell for row in found for cell in row} or stream == "products"


@pytest.mark.parametrize("stream", DIMENSIONS)
def test_the_current_view_has_the_last_version_of_each_key(shop: Apparel, fold: Fold, stream: str) -> None:
    key = DIMENSIONS[stream]
    found = dict(shop.rows(f"select {key}, last_update_time from silver.{stream}_current"))
    assert found == {entity: max(of_key) for entity, of_key in fold.versions[stream].items()}


def test_each_fact_met_the_version_valid_at_its_event_time(shop: Apparel, fold: Fold) -> None:
    found = shop.rows(
        "select transaction_id, quantity, total_amount, store_manager, customer_email, customer_loyalty_points,"
        " product_price, store_version, customer_version, product_version from gold.denormalized_sales_facts"
    )
    expected = []
    for _, sale in fold.sales:
        store, customer, product = (fold.valid(stream, sale) for stream in ("stores", "customers", "products"))
        assert store
        assert customer
        assert product
        expected.append(
            (
                sale["transaction_id"], sale["quantity"], sale["total_amount"], store["manager"], customer["email"],
                customer["loyalty_points"], product["price"], store["last_update_time"], customer["last_update_time"],
                product["last_update_time"],
            )
        )  # fmt: skip
    assert sorted(found) == sorted(expected)


def test_sales_and_returns_part_by_the_sign_of_the_quantity(shop: Apparel, fold: Fold) -> None:
    sales = {sale["transaction_id"] for _, sale in fold.sales if sale["quantity"] > 0}
    returns = {
        (sale["transaction_id"], -sale["quantity"], -sale["total_amount"])
        for _, sale in fold.sales
        if sale["quantity"] < 0
    }
    assert {row[0] for row in shop.rows("select transaction_id from silver.sales_transactions")} == sales
    told = shop.rows("select transaction_id, returned_quantity, returned_amount from silver.returns_transactions")
    assert set(told) == returns
    assert len(returns) > 100


def test_windows_of_ten_minutes_sum_what_happened_in_them(shop: Apparel, fold: Fold) -> None:
    rows = shop.rows(
        "select store_id, window_start, sales, quantity, sales_amount, returns, returned_quantity, returned_amount,"
        " net_amount, window_end from gold.sales_by_store_window"
    )
    assert {(row[0], row[1]): row[2:8] for row in rows} == fold.windows()
    assert all(row[8] == row[4] - row[7] and (row[9] - row[1]).total_seconds() == 600 for row in rows)


def test_gold_sums_agree_with_the_fold(shop: Apparel, fold: Fold) -> None:
    net = sum((sale["total_amount"] for _, sale in fold.sales), Decimal(0))
    by_day, by_product, by_customer = (
        shop.rows(f"select sum({column}), count(*) from gold.{table}")[0]
        for table, column in (
            ("daily_sales_by_store", "net_amount"),
            ("product_performance", "net_amount"),
            ("customer_lifetime_value", "lifetime_value"),
        )
    )
    assert by_day[0] == by_product[0] == by_customer[0] == net
    assert by_product[1] == len(fold.versions["products"])
    assert by_customer[1] == len(fold.versions["customers"])


def test_quarantine_has_the_record_as_it_came(shop: Apparel, fold: Fold) -> None:
    for stream in STREAMS:
        bad = [place for place, bucket in enumerate(fold.buckets[stream]) if bucket == "quarantined"]
        lines = [line.decode() for _, _, line in shop.lines(stream)]
        told = shop.rows(f"select received, raw_record from quarantine.{stream} order by received")
        assert told == [(place, lines[place]) for place in bad]


def test_drift_that_does_no_harm_is_counted(shop: Apparel) -> None:
    [(broken,)] = shop.rows(
        "select broken from quarantine.rule_results where stream = 'sales' and rule = 'schema_drift'"
    )
    appeared = sum(b'"source_system"' in line for _, _, line in shop.lines("sales"))
    assert broken >= appeared > 0


def test_a_second_run_is_up_to_date_and_names_the_tables_of_every_layer(shop: Apparel) -> None:
    told = shop.sbdk("dev")
    assert told["status"] == "up_to_date"
    names = {table["name"] for table in told["tables"]}
    assert {f"{layer}.{stream}" for layer in ("bronze", "quarantine") for stream in STREAMS} <= names
