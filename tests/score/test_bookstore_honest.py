"""What a pipeline may do otherwise and still be without fault: order, types, names, more columns, another time zone."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.types as pt
import pytest

from sbdk.datasets.bookstore.settings import ROLES
from support.right_books import SPECS, right_tables, score, warehouse


@pytest.fixture
def right():
    with warehouse(right_tables()) as connection:
        yield connection


def remake(connection: duckdb.DuckDBPyConnection, role: str, query: str) -> None:
    connection.execute(f"create table main.remade as {query}")
    connection.execute(f"drop table {ROLES[role]}")
    connection.execute(f"create table {ROLES[role]} as from main.remade")
    connection.execute("drop table main.remade")


def whole(connection: duckdb.DuckDBPyConnection, **settings: object) -> None:
    card = score(connection, **settings)
    assert [(one.where, one.text) for one in card.findings()] == []
    assert (card.score, card.grade, card.coverage) == (100, "A+", 100)


def test_the_right_tables_have_full_marks(right):
    whole(right)


def test_rows_and_columns_in_any_order_and_more_columns(right):
    for role, table in right_tables().items():
        names = ", ".join(reversed(table.column_names))
        remake(right, role, f"select 1 as added, {names}, 'x' as more from {ROLES[role]} order by hash({names})")
    whole(right)


def wider(column: pa.Field) -> str:
    """Whole numbers and money as floats, days as times, texts as enumerations and times with a zone."""
    name = column.name
    if pt.is_integer(column.type) or pt.is_decimal(column.type):
        return f"cast({name} as double) as {name}"
    if pt.is_date(column.type):
        return f"cast({name} as timestamp) as {name}"
    return f"timezone('UTC', {name}) as {name}" if pt.is_timestamp(column.type) else name


def test_wider_types_and_another_time_zone_of_the_session(right):
    right.execute("set TimeZone = 'Asia/Tokyo'")
    for role, table in right_tables().items():
        remake(right, role, f"select {', '.join(map(wider, table.schema))} from {ROLES[role]}")
    whole(right)
    assert right.execute("select current_setting('TimeZone')").fetchone() == ("Asia/Tokyo",)


def test_narrower_and_exact_types(right):
    remake(
        right, "fact_sales",
        f"select * replace (quantity::utinyint as quantity, total_amount::decimal(9, 2) as total_amount, "
        f"genre::enum('Fiction', 'Non-Fiction', 'Science', 'Biography', 'Fantasy') as genre, "
        f"sale_date::varchar as sale_date) from {ROLES['fact_sales']}",
    )  # fmt: skip
    whole(right)


def test_tables_and_columns_of_other_names(right):
    right.execute("create schema mine")
    columns = {}
    for role, table in right_tables().items():
        renamed = {name: f"my_{name}" for name in table.column_names}
        right.execute(
            f"create table mine.{role} as "
            f"select {', '.join(f'{old} as {new}' for old, new in renamed.items())} from {ROLES[role]}"
        )
        right.execute(f"drop table {ROLES[role]}")
        columns[role] = renamed
    whole(right, tables={role: f"mine.{role}" for role in SPECS}, columns=columns)


def test_fewer_tables_that_are_right_have_an_honest_100(right):
    """Those that are named; the others are not asked for, and the coverage says so."""
    kept = {"fact_sales": "analytics.fact_sales", "experiments": None}
    for role in SPECS:
        if role != "fact_sales":
            right.execute(f"drop table {ROLES[role]}")
    card = score(right, tables=kept)
    assert (card.score, card.grade) == (100, "A")
    assert card.coverage == pytest.approx(100 * 25 / 164, abs=0.05)
    assert set(card.uncovered) == set(SPECS) - {"fact_sales"}


def test_not_a_number_is_not_null(right):
    remake(
        right, "demand_features",
        "select * replace (coalesce(units_growth_7, 'nan'::double) as units_growth_7) "
        f"from {ROLES['demand_features']}",
    )  # fmt: skip
    assert [one.where for one in score(right).findings()] == ["demand_features.units_growth_7"]
