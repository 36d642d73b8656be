"""Expressions agree with Python's own arithmetic, row by row, and nothing outside the small language can be said."""

import contextlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.datasets.declared.expressions import FUNCTIONS, Expression

COLUMNS = {
    "a": pa.array([3, -7, 0, 12]),
    "b": pa.array([2, 5, 4, -3]),
    "x": pa.array([0.5, -1.25, 8.0, 2.0]),
    "price": pa.array([Decimal("1.99"), Decimal("20.00"), Decimal("0.01"), Decimal("7.50")]),
    "flag": pa.array([True, False, True, False]),
    "word": pa.array(["Ab", "c", "", "déf"]),
    "hole": pa.array([1, None, 3, None]),
    "at": pa.array(
        [datetime(2025, 12, 31, 23, 59), datetime(2024, 2, 29), datetime(2025, 6, 1, 9), datetime(2025, 1, 6)]
    ),
    "later": pa.array([datetime(2026, 1, 1), datetime(2024, 3, 1), datetime(2025, 6, 1, 23), datetime(2025, 1, 5)]),
}


def values(text: str) -> list[Any]:
    return Expression(text).of(COLUMNS.__getitem__, 4).to_pylist()


def by_hand(compute: Callable[[dict[str, Any]], Any]) -> list[Any]:
    rows = [
        dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*(c.to_pylist() for c in COLUMNS.values()), strict=True)
    ]
    return [compute(row) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "a + b * 2 - a",
        "-a",
        "a / b",
        "(a + 1) * (b - 1)",
        "price * a",
        "a > b",
        "0 <= a < 12",
        "not flag",
        "flag and a > 0 or b < 0",
        "a if flag else b",
        "word == 'c'",
        "abs(a)",
        "max(a, b)",
        "min(a, b, 1)",
        "x * 2",
    ],
)
def test_arithmetic_is_pythons(text: str) -> None:
    assert values(text) == by_hand(lambda row: eval(text, {"abs": abs, "max": max, "min": min}, row))


def test_functions_of_text_and_time() -> None:
    assert values("upper(word)") == ["AB", "C", "", "DÉF"]
    assert values("lower(word)") == ["ab", "c", "", "déf"]
    assert values("length(word)") == [2, 1, 0, 3]
    assert values("concat(word, '-', a)") == ["Ab-3", "c--7", "-0", "déf-12"]
    assert values("year(at)") == [2025, 2024, 2025, 2025]
    assert values("month(at)") == [12, 2, 6, 1]
    assert values("day(at)") == [31, 29, 1, 6]
    assert values("hour(at)") == [23, 0, 9, 0]
    assert values("weekday(at)") == by_hand(lambda row: row["at"].weekday())
    assert values("date(at)") == [date(2025, 12, 31), date(2024, 2, 29), date(2025, 6, 1), date(2025, 1, 6)]
    assert values("days_between(at, later)") == [1, 1, 0, -1]
    assert values("round(price, 1)") == [Decimal("2.00"), Decimal("20.00"), Decimal("0.00"), Decimal("7.50")]
    assert values("floor(x)") == [0.0, -2.0, 8.0, 2.0]
    assert values("text(flag)") == ["true", "false", "true", "false"]
    assert values("coalesce(hole, 9)") == [1, 9, 3, 9]


def test_a_fraction_in_the_text_is_exact() -> None:
    assert values("price * 0.1")[0] == Decimal("0.199")


def test_nulls_stay_null() -> None:
    assert values("hole + 1") == [2, None, 4, None]
    assert values("max(hole, 0)") == [1, None, 3, None]


def test_a_constant_fills_the_column() -> None:
    assert values("1 + 1") == [2] * 4


def test_columns_are_found_and_functions_are_none() -> None:
    assert sorted(Expression("hour(at) + b if flag else max(a, b)").columns) == ["a", "at", "b", "flag"]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "open('x')",
        "[a for a in b]",
        "lambda: a",
        "a[0]",
        "f'{a}'",
        "(a := 1)",
        "a ** b",
        "a @ b",
        "a in b",
        "a is b",
        "max(*a)",
        "round(a, digits=1)",
        "None",
        "b'x'",
        "1j",
        "...",
        "a; b",
        "-" * 500 + "a",
        "import os",
        "(" * 300 + "a" + ")" * 300,
        "",
    ],
)
def test_what_is_not_in_the_language_is_refused_when_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"expression|no function"):
        Expression(text)


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(Expression(text).columns, tuple)


def test_every_function_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text()
    assert all(f"`{name}`" in page for name in FUNCTIONS)
