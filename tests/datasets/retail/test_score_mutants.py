"""The mutation campaign: every single fault in a right warehouse costs points, is named, and is ranked by its harm.

Right means made by a fold in plain Python over the emitted lines. A mutant that changes no row at all is no fault: that
is shown by comparing the two tables as multisets, and it keeps 100.
"""

from __future__ import annotations

import random

import duckdb
import pytest

from sbdk.datasets.retail.grading.grade import grade
from sbdk.datasets.retail.grading.scorecard import RetailScorecard
from sbdk.score.finding import Finding
from sbdk.spec.data_set_sections import ScoreSettings
from support.graded_shop import DIMENSIONS, Day
from support.mutants import HISTORIES, KEYS, MAIN, Mutant, in_place, mutants

SAMPLE = 16
LOST = ("nine in ten dropped", "emptied")


@pytest.fixture(scope="module")
def day():
    return Day(1, 3, sales_per_batch=40)


@pytest.fixture(scope="module")
def right(day):
    """The warehouse; current views as tables, so that a fault in a history is in that alone."""
    with day.warehouse() as connection:
        for name in DIMENSIONS:
            connection.execute(f"create temp table kept as from silver.{name}_current")
            connection.execute(f"drop view silver.{name}_current; create table silver.{name}_current as from temp.kept")
            connection.execute("drop table temp.kept")
        connection.execute("set threads = 1")  # tables are small
        assert grade(connection, day.truth, ScoreSettings()).score == 100
        yield connection


def graded(day: Day, connection: duckdb.DuckDBPyConnection, mutant: Mutant) -> float:
    """Hold one mutant against what is promised; return what it costs."""
    with in_place(connection, mutant) as (changed, rows):
        card = grade(connection, day.truth, ScoreSettings())
    if not changed:
        assert (card.score, card.findings()) == (100, []), mutant.name
        return 0.0
    assert card.score < 100, mutant.name
    named = _named(card, mutant)
    assert named, (mutant.name, [(one.where, one.text) for one in card.findings()])
    assert all(one.rows and one.cause is not None and one.example and one.example.key for one in named), mutant.name
    points = sum(one.points for one in named)
    if mutant.columns and changed >= rows / 10:
        assert points >= 3, (mutant.name, points)
    if mutant.columns and mutant.table in HISTORIES and changed == rows:
        assert points >= 8, (mutant.name, points)
    if mutant.kind in LOST:
        assert points >= (15 if mutant.table in MAIN else 3), (mutant.name, points)
    return sum(one.points for one in card.findings())


def _named(card: RetailScorecard, mutant: Mutant) -> list[Finding]:
    own = [one for one in card.findings() if one.table == mutant.table]
    return [one for one in own if one.column in (mutant.columns or (None,))]


def test_there_are_many_mutants_of_every_column(right):
    made = mutants(right)
    assert len(made) >= 400
    for table in KEYS:
        columns = {row[0] for row in right.execute(f"describe {table}").fetchall()}
        assert {name for mutant in made if mutant.table == table for name in mutant.columns} == columns


def test_a_sample_of_the_mutants_loses_points_and_is_named(day, right):
    for mutant in random.Random(1).sample(mutants(right), SAMPLE):
        graded(day, right, mutant)


@pytest.mark.faults
@pytest.mark.parametrize("table", KEYS)
def test_every_mutant_loses_points_is_named_and_is_ranked_by_harm(day, right, table):
    costs = {(one.columns, one.kind): graded(day, right, one) for one in mutants(right) if one.table == table}
    (rows,) = right.execute(f"select count(*) from {table}").fetchall()[0]
    dropped = [costs[(), kind] for kind in ("one dropped", "one in a hundred dropped", *LOST)]
    assert dropped == sorted(dropped)
    assert dropped[0] < dropped[2]
    if rows >= 300:
        assert dropped[0] < dropped[1]
    assert costs[(), "one doubled"] < costs[(), "all doubled"]
    for (columns, kind), cost in costs.items():
        if kind == "null in one row" and costs[columns, "null"]:
            assert cost < costs[columns, "null"], columns
            assert cost < costs[(), "emptied"], columns
