"""A warehouse without fault, made by hand, gets full marks; under any rates."""

from __future__ import annotations

import pytest

from sbdk.datasets.retail.grading.grade import grade
from sbdk.spec.data_set_sections import ScoreSettings
from support.graded_shop import DIRTY, KEY, Day

DAYS = {
    "dirty": lambda: Day(),
    "default rates": lambda: Day(42, 8, {}),
    "clean": lambda: Day(3, 2, {table: dict.fromkeys(rates, 0) for table, rates in DIRTY.items()}),
    "one sale a batch": lambda: Day(5, 12, sales_per_batch=1),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_fold_by_hand_gets_full_marks(name):
    day = DAYS[name]()
    with day.warehouse() as connection:
        card = grade(connection, day.truth, ScoreSettings())
    assert card.findings() == []
    assert (card.score, card.grade, card.leakage, card.false_quarantine) == (100, "A+", 0, 0)
    for one in card.conservation:
        buckets = day.fold.bucket[one.table]
        assert one.received == len(day.lines[one.table])
        assert one.found == {name: buckets.count(name) for name in one.found}
        assert one.holds
    assert {one.table for one in card.conservation} == set(KEY)


def test_planted_counts_are_those_that_the_lines_show():
    """Counted in the lines themselves, by what anybody can see there."""
    day = Day()
    with day.warehouse() as connection:
        card = grade(connection, day.truth, ScoreSettings())
    planted = {(one.table, one.defect): one.planted for one in card.defects}
    for table in KEY:
        assert planted[table, "duplicate"] == day.fold.bucket[table].count("duplicate")
    assert planted["sales", "late"] == day.fold.bucket["sales"].count("late")
    unknown = [record for record, *_ in day.fold.scd2["customers"] if record["email"] == "Unknown"]
    assert planted["customers", "missing_email"] == len(unknown)
    quarantined = day.fold.bucket["sales"].count("quarantined")
    assert planted["sales", "negative_discount"] + planted["sales", "malformed"] == quarantined


def test_nothing_is_changed_or_left_behind():
    day = Day(2, 1)
    with day.warehouse() as connection:
        everything = "select * from (show all tables) order by all"
        before = (
            connection.execute(everything).fetchall(),
            connection.execute("select current_setting('TimeZone')").fetchone(),
        )
        grade(connection, day.truth, ScoreSettings())
        assert (
            connection.execute(everything).fetchall(),
            connection.execute("select current_setting('TimeZone')").fetchone(),
        ) == before
