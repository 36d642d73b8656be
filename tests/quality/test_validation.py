"""Null keys and orphans, against counts made by hand."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.core.errors import CheckFailed
from sbdk.quality import ForeignKey, TableRule, validate

USERS = TableRule("raw.users", ("user_id",))
ORDERS = TableRule("raw.orders", ("order_id",), (ForeignKey("user_id", "raw.users", "user_id"),))


@pytest.fixture
def shop(connection):
    connection.execute("CREATE SCHEMA raw")
    connection.execute("CREATE TABLE raw.users AS SELECT * FROM (VALUES (1), (2), (NULL), (2)) AS v(user_id)")
    connection.execute(
        "CREATE TABLE raw.orders AS "
        "SELECT * FROM (VALUES (1, 1), (2, 2), (3, 9), (NULL, 8), (5, NULL)) AS v(order_id, user_id)"
    )
    return connection


def test_the_figures_of_a_small_shop(shop):
    assert validate(shop, [USERS, ORDERS]).as_dict() == {
        "users": {"total_records": 4, "null_ids": 1, "orphaned_records": 0, "data_quality": "FAIL"},
        "orders": {"total_records": 5, "null_ids": 1, "orphaned_records": 2, "data_quality": "FAIL"},
        "overall": "FAIL",
    }


def test_a_table_called_overall_has_a_verdict_of_its_own(shop):
    shop.execute("CREATE TABLE raw.overall AS SELECT NULL AS id")
    found = validate(shop, [TableRule("raw.overall", ("id",)), TableRule("raw.orders", ())])
    assert found.failed == ["overall"]
    assert found.as_dict() == {
        "overall (table)": {"total_records": 1, "null_ids": 1, "orphaned_records": 0, "data_quality": "FAIL"},
        "orders": {"total_records": 5, "null_ids": 0, "orphaned_records": 0, "data_quality": "PASS"},
        "overall": "FAIL",
    }


def test_a_fixed_shop_passes(shop):
    shop.execute("DELETE FROM raw.users WHERE user_id IS NULL")
    shop.execute("DELETE FROM raw.orders WHERE order_id IS NULL OR user_id = 9")
    found = validate(shop, [USERS, ORDERS])
    assert found.overall == "PASS"
    assert found.tables["orders"].total_records == 3


def test_zero_where_nothing_is_declared_or_nothing_is_there(shop):
    shop.execute("CREATE TABLE raw.empty (id INTEGER)")
    found = validate(
        shop, [TableRule("raw.orders"), TableRule("raw.empty", ("id",)), TableRule("raw.nowhere", ("id",))]
    )
    assert [(t.total_records, t.null_ids, t.orphaned_records) for t in found.tables.values()] == [
        (5, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
    ]
    assert found.overall == "PASS"
    assert validate(shop, []).as_dict() == {"overall": "PASS"}


def test_a_row_is_counted_once_however_many_ways_it_is_wrong(shop):
    keys = (ForeignKey("user_id", "raw.users", "user_id"), ForeignKey("order_id", "raw.users", "user_id"))
    table = validate(shop, [TableRule("raw.orders", ("order_id", "user_id"), keys)]).tables["orders"]
    assert table.null_ids == 2  # (NULL, 8) and (5, NULL)
    assert table.orphaned_records == 3  # (3, 9), (NULL, 8), (5, NULL)


def test_a_lost_column_or_parent_table_fails_every_row(shop):
    lost = (
        TableRule("raw.orders", ("id",)),
        TableRule("raw.users", (), (ForeignKey("shop_id", "raw.users", "user_id"),)),
    )
    found = validate(shop, lost).tables
    assert (found["orders"].null_ids, found["users"].orphaned_records) == (5, 4)
    no_parent = TableRule("raw.orders", (), (ForeignKey("user_id", "raw.nowhere", "user_id"),))
    assert validate(shop, [no_parent]).tables["orders"].orphaned_records == 4  # user_id is there in four


def test_names_with_quotes_dots_and_reserved_words(connection):
    connection.execute('CREATE SCHEMA "ra""w"')
    connection.execute('CREATE TABLE "ra""w"."select.from" AS SELECT 1 AS "a""; DROP TABLE t; --", 2 AS "order"')
    rule = TableRule(
        'ra"w.select.from',
        ('a"; DROP TABLE t; --',),
        (ForeignKey("order", 'ra"w.select.from', 'a"; DROP TABLE t; --'),),
    )
    table = validate(connection, [rule]).tables["select.from"]
    assert (table.total_records, table.null_ids, table.orphaned_records) == (1, 0, 1)


def test_keys_that_cannot_be_compared_are_an_error(shop):
    shop.execute("CREATE TABLE raw.days AS SELECT DATE '2026-01-01' AS day")
    rule = TableRule("raw.orders", (), (ForeignKey("user_id", "raw.days", "day"),))
    with pytest.raises(CheckFailed, match=r"raw\.orders cannot be validated"):
        validate(shop, [rule])


ALONE = duckdb.connect(":memory:")
"""For all examples: to connect takes longer than an example."""
IDS = st.lists(st.none() | st.integers(0, 9), max_size=30)


@given(IDS, st.lists(st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=30))
def test_plain_python_counts_the_same(parents, children):
    orders, users = [order for order, _ in children], [user for _, user in children]
    ALONE.execute("CREATE OR REPLACE TABLE users AS SELECT unnest(?::INTEGER[]) AS user_id", [parents])
    ALONE.execute(
        "CREATE OR REPLACE TABLE orders AS SELECT unnest(?::INTEGER[]) AS order_id, unnest(?::INTEGER[]) AS user_id",
        [orders, users],
    )
    rule = TableRule("orders", ("order_id",), (ForeignKey("user_id", "users", "user_id"),))
    table = validate(ALONE, [rule]).tables["orders"]
    assert table.total_records == len(children)
    assert table.null_ids == sum(order is None for order, _ in children)
    assert table.orphaned_records == sum(user is not None and user not in parents for _, user in children)
