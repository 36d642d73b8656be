"""Faults that a bookstore's pipeline can have with all of its own tests passing: what they cost, and what is said."""

from __future__ import annotations

import pytest

from sbdk.datasets.bookstore.settings import ROLES
from support.right_books import right_tables, score, undone, warehouse

LIFTS, SALES, DEMAND, BOOKS = (
    ROLES[role] for role in ("experiments", "fact_sales", "demand_features", "book_features")
)
SHIFTED = (
    f"update {DEMAND} f set target_units = coalesce((select target_units from {DEMAND} g "
    "where g.book_id = f.book_id and g.feature_date = f.feature_date {0} 1), 0)"
)
FAULTS = {
    "a lag of its own day": (
        f"update {DEMAND} set units_lag_1 = target_units", {"demand_features.units_lag_1": "that of the day after"}, 5,
    ),
    "lags that are 0": (
        f"update {DEMAND} set units_lag_1 = 0, units_lag_7 = 0, units_lag_30 = 0",
        dict.fromkeys((f"demand_features.units_lag_{days}" for days in (1, 7, 30)), "always 0"), 15,
    ),
    "an average that sees its own day": (
        f"update {DEMAND} set units_average_7 = units_average_7 + target_units / 7",
        {"demand_features.units_average_7": None}, 5,
    ),
    "a sum that sees its own day": (
        f"update {DEMAND} set units_before = units_before + target_units",
        {"demand_features.units_before": "that of the day after"}, 5,
    ),
    "a target of the day before": (
        SHIFTED.format("-"), {"demand_features.target_units": "that of the day before"}, 10,
    ),
    "a target of the day after": (
        SHIFTED.format("+"), {"demand_features.target_units": "that of the day after"}, 10,
    ),
    "every sale of one book": (
        f"update {SALES} set book_id = 'BOOK_000001'", {"fact_sales.book_id": "always BOOK_000001"}, 10,
    ),
    "a time zone": (
        f"update {SALES} set created_at = created_at + interval 1 hour",
        {"fact_sales.created_at": "shifted by exactly +1 hour"}, 5,
    ),
    "an amount that is doubled": (
        f"update {SALES} set total_amount = 2 * total_amount", {"fact_sales.total_amount": "doubled"}, 10,
    ),
    "columns swapped": (
        f"update {SALES} set title = author, author = title",
        {"fact_sales.title": "the value of author", "fact_sales.author": "the value of title"}, 10,
    ),
    "shares in per cent": (
        f"update {BOOKS} set discount_share = 100 * discount_share", {"book_features.discount_share": "in per cent"}, 5,
    ),
    "experiments there twice": (f"insert into {LIFTS} from {LIFTS}", {"experiments": "there more than once"}, 25),
    "no sales": (f"delete from {SALES}", {"fact_sales": "missing: not one of the right rows is there"}, 25),
    "no key": (f"update {BOOKS} set book_id = null", {"book_features": None}, 25),
}  # fmt: skip


@pytest.fixture(scope="module")
def right():
    with warehouse(right_tables()) as connection:
        yield connection


@pytest.mark.parametrize("name", FAULTS)
def test_it_costs_points_and_its_cause_is_said(right, name: str) -> None:
    statement, causes, points = FAULTS[name]
    with undone(right):
        right.execute(statement)
        card = score(right)
    found = {one.where: one for one in card.findings()}
    assert set(found) == set(causes)
    for where, cause in causes.items():
        assert cause is None or found[where].cause == cause
        assert found[where].rows > 0
        assert found[where].example.key
    assert card.score == pytest.approx(100 - points, abs=0.1)


def test_a_surplus_row_without_a_key_says_so(right) -> None:
    with undone(right):
        right.execute(f"update {BOOKS} set book_id = null")
        causes = {one.cause for one in score(right).findings()}
    assert "too many: book_id is null" in causes


def test_one_cell_is_named_with_its_key_its_value_and_the_right_one(right) -> None:
    """Arithmetic on paper: the eleventh sale's price is known from the raw row."""
    key, price = right.execute(
        f"select transaction_id, unit_price from {SALES} order by 1 limit 1 offset 10"
    ).fetchone()
    with undone(right):
        right.execute(f"update {SALES} set unit_price = unit_price + 1 where transaction_id = '{key}'")
        (one,) = score(right).findings()
    assert (one.table, one.column, one.rows) == ("fact_sales", "unit_price", 1)
    assert one.example.key == {"transaction_id": key}
    assert (one.example.right, one.example.found) == (str(price), str(price + 1))
    # one of the cells with another price than the commonest: 0.6 × √(10 ÷ n) + 0.4 ÷ n of 5 points, n below 100
    assert 5 * (0.6 * 0.1**0.5 + 0.004) - 1e-9 <= one.points < 1.2
