"""Decimals and large integers: as plain dlt loads them, or refused with table, column and the declaration to add."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sbdk.core.errors import SourceError
from sbdk.load.values import FitNumbers


def fit(hints: dict[str, Any] | None = None) -> FitNumbers:
    return FitNumbers(hints or {}, "__".join, "things", Path("things.py"))


@pytest.mark.parametrize(
    ("value", "right"),
    [  # right: what DuckDB makes of the number in an INSERT into a DECIMAL(38,9), which is what dlt sends
        ("0.1234567890123", "0.123456789"),
        ("0.1234567895", "0.123456790"),
        ("-0.1234567895", "-0.123456790"),
        ("0.0000000005", "0.000000001"),
        ("12345678901234567890123456789.5", "12345678901234567890123456789.5"),
        ("1E+5", "1E+5"),
    ],
)
def test_a_decimal_is_rounded_to_the_scale_of_its_column(value: str, right: str) -> None:
    import duckdb

    stored = duckdb.sql(f"select cast('{Decimal(value):f}' as decimal(38, 9))").fetchall()[0][0]
    assert stored == Decimal(right)
    assert fit()({"n": Decimal(value)}) == {"n": Decimal(right)}


def test_rows_that_fit_are_the_same_objects() -> None:
    rows = [{"n": Decimal("1.5"), "m": 3, "t": True, "deep": {"n": Decimal(2)}, "list": [{"n": 1}]}]
    assert fit()(rows) is rows


def test_nested_values_are_rounded_too() -> None:
    row = {"deep": {"n": Decimal("0.12345678912")}, "list": [{"n": Decimal("0.12345678912")}]}
    assert fit()([row]) == [{"deep": {"n": Decimal("0.123456789")}, "list": [{"n": Decimal("0.123456789")}]}]


def test_a_declared_scale_counts() -> None:
    hints = {"n": {"precision": 10, "scale": 2}, "exact": {"data_type": "text"}}
    row = {"n": Decimal("1.235"), "exact": Decimal("0.12345678912345")}
    assert fit(hints)(row) == {"n": Decimal("1.24"), "exact": Decimal("0.12345678912345")}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (Decimal("1234567890123456789012345678901"), '"precision": 38, "scale": 0'),
        (Decimal("123456789012345678901234567890.12"), '"precision": 38, "scale": 2'),
        (Decimal(10) ** 40, '"data_type": "text"'),
        (2**64, '"precision": 38, "scale": 0'),
        (-(2**63) - 1, '"precision": 38, "scale": 0'),
        (2**200, '"data_type": "text"'),
    ],
)
def test_a_number_that_does_not_fit_names_table_column_and_declaration(value: Any, hint: str) -> None:
    with pytest.raises(SourceError, match=r"things\.deep__n: .* does not fit") as caught:
        fit()({"deep": {"n": value}})
    assert 'columns={"deep__n": {"data_type": ' in str(caught.value.hint)
    assert hint in str(caught.value.hint)
    assert str(caught.value.file) == "things.py"


def test_a_column_of_type_wei_takes_integers_beyond_64_bits() -> None:
    assert fit({"n": {"data_type": "wei"}})({"n": 2**100}) == {"n": Decimal(2**100)}
