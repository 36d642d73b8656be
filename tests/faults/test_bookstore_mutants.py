"""Every mutant of a right table of the bookstore costs points, and is named by its table and column.

A sample runs with all tests; all of them under `make faults`.
"""

from __future__ import annotations

import random

import duckdb
import pytest

from sbdk.score.finding import Finding
from support.book_mutants import Mutant, mutants
from support.right_books import (
    SPECS,
    default_shop,
    right_tables,
    score,
    score_of_one,
    tables_of,
    undone,
    warehouse,
)  # fmt: skip

ALL = mutants()
MAIN = {"experiments", "fact_sales", "demand_features", "book_features"}
LEAST = {True: 15.0, False: 3.0}
GONE = {"empty", "no table", "drop 90 %"}
MAY_BE_FEW = {"stale", "rounded"}
"""What may change few cells: of a column that is one value throughout, or nearly whole."""
ROWS_BY_HARM = ("drop one", "drop 1 %", "drop half", "drop 90 %", "empty", "no table")


def sample(each: int = 2) -> list[Mutant]:
    """Of each table some mutants of columns and one of rows."""
    chance, chosen = random.Random(20), []
    for role in SPECS:
        of_columns = [mutant for mutant in ALL if mutant.role == role and mutant.columns]
        of_rows = [mutant for mutant in ALL if mutant.role == role and not mutant.columns]
        chosen += chance.sample(of_columns, each) + chance.sample(of_rows, 1)
    return chosen


SAMPLE = sample()
OTHERS = [mutant for mutant in ALL if mutant not in SAMPLE]


@pytest.fixture(scope="module")
def right():
    with warehouse(right_tables()) as connection:
        yield connection


def share_changed(connection: duckdb.DuckDBPyConnection, mutant: Mutant) -> float:
    """Plain SQL: the share of the rows that are not as they were, as often as they were; 1 for other columns."""
    if mutant.name == "no table":
        return 1.0
    names = [column[0] for column in connection.execute(f"from {mutant.table} limit 0").description]
    if names != right_tables()[mutant.role].column_names:
        return 1.0
    other = f"(from {mutant.table} except all from before) union all (from before except all from {mutant.table})"
    return (
        connection.execute(f"select count(*) from ({other})").fetchone()[0] / 2 / right_tables()[mutant.role].num_rows
    )


def findings_of(connection: duckdb.DuckDBPyConnection, mutant: Mutant) -> tuple[list[Finding], float]:
    """The findings, and the share of the rows that the mutant changes."""
    with undone(connection):
        connection.execute(f"create temp table before as from {mutant.table}")
        for statement in mutant.statements:
            connection.execute(statement)
        changed = share_changed(connection, mutant)
        return score_of_one(connection, mutant.role), changed


def bites(connection: duckdb.DuckDBPyConnection, mutant: Mutant) -> None:
    found, changed = findings_of(connection, mutant)
    points = sum(one.points for one in found)
    if not changed:  # the proof that nothing is wrong: not a row differs
        assert found == []
        return
    assert points > 0
    assert {one.table for one in found} == {mutant.role}
    assert set(mutant.columns) <= {one.column for one in found}, [one.text for one in found]
    assert all(one.text for one in found)
    if mutant.whole and (mutant.name not in MAY_BE_FEW or changed >= 0.1):
        assert points >= LEAST[mutant.role in MAIN and mutant.name in GONE], [one.text for one in found]
    for one in found:
        assert one.example is None or one.example.key or one.cause


@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda mutant: mutant.id)
def test_a_mutant_costs_points_and_is_named(right, mutant: Mutant) -> None:
    bites(right, mutant)


@pytest.mark.faults
@pytest.mark.parametrize("mutant", OTHERS, ids=lambda mutant: mutant.id)
def test_each_mutant_costs_points_and_is_named(right, mutant: Mutant) -> None:
    bites(right, mutant)


def test_there_are_mutants_of_every_column_of_every_table() -> None:
    assert len(ALL) >= 150
    assert len({mutant.id for mutant in ALL}) == len(ALL)
    assert {(mutant.role, column) for mutant in ALL for column in mutant.columns} == {
        (role, column)
        for role, table in right_tables().items()
        for column in table.column_names
        if column not in SPECS[role].key
    }


@pytest.mark.parametrize("role", ["fact_sales", pytest.param("demand_features", marks=pytest.mark.faults)])
def test_the_more_rows_are_lost_the_more_it_costs(right, role: str) -> None:
    costs = [cost(right, role, name) for name in ROWS_BY_HARM]
    assert costs == sorted(costs)
    assert costs[0] < costs[2] < costs[3] < costs[4]


@pytest.mark.parametrize("role", ["ab_test_base", pytest.param("fact_sales", marks=pytest.mark.faults)])
def test_one_cell_costs_less_than_the_column(right, role: str) -> None:
    for mutant in ALL:
        if mutant.role == role and mutant.name == "one cell":
            (column,) = mutant.columns
            assert cost(right, role, "one cell", column) <= cost(right, role, "null", column)


def cost(connection: duckdb.DuckDBPyConnection, role: str, name: str, column: str | None = None) -> float:
    (mutant,) = [
        one for one in ALL if one.role == role and one.name == name and (column is None or one.columns == (column,))
    ]
    return sum(one.points for one in findings_of(connection, mutant)[0])


@pytest.mark.parametrize(
    ("kept", "most"),
    [
        pytest.param("rowid % 2 = 0", 70, id="half of the sales"),
        pytest.param("rowid % 10 = 0", 20, id="nine of ten", marks=pytest.mark.faults),
    ],
)
def test_sales_that_are_lost_everywhere(kept: str, most: float) -> None:
    """All tables agree with each other, and lack the same sales."""
    with duckdb.connect() as connection:
        shop = default_shop()
        connection.register("sales", shop.sales)
        connection.execute("create table kept as from sales")
        left = connection.sql(f"select * from kept where {kept} order by rowid").to_arrow_table()
    with warehouse(tables_of(shop, left)) as connection:
        assert score(connection).score <= most
