"""The example that Databricks publishes for AUTO CDC, to the letter: https://docs.databricks.com/en/dlt/cdc.html"""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa
import pytest

from sbdk.cdc import apply_changes

NAMES = ["userId", "name", "city", "operation", "sequenceNum"]
FEED = [
    (124, "Raul", "Oaxaca", "INSERT", 1),
    (123, "Isabel", "Monterrey", "INSERT", 1),
    (125, "Mercedes", "Tijuana", "INSERT", 2),
    (126, "Lily", "Cancun", "INSERT", 2),
    (123, None, None, "DELETE", 6),
    (125, "Mercedes", "Guadalajara", "UPDATE", 6),
    (125, "Mercedes", "Mexicali", "UPDATE", 5),
    (123, "Isabel", "Chihuahua", "UPDATE", 5),
]
TRUNCATE = (None, None, None, "TRUNCATE", 3)
HISTORY = [
    (123, "Isabel", "Chihuahua", 5, 6),
    (123, "Isabel", "Monterrey", 1, 5),
    (124, "Raul", "Oaxaca", 1, None),
    (125, "Mercedes", "Guadalajara", 6, None),
    (125, "Mercedes", "Mexicali", 5, 6),
    (125, "Mercedes", "Tijuana", 2, 5),
    (126, "Lily", "Cancun", 2, None),
]


def applied(feed: list[tuple[Any, ...]], **options: Any) -> list[tuple[Any, ...]]:
    table = pa.table({name: [row[i] for row in feed] for i, name in enumerate(NAMES)})
    made = apply_changes(
        table,
        keys=["userId"],
        sequence_by="sequenceNum",
        apply_as_deletes="operation = 'DELETE'",
        except_column_list=["operation", "sequenceNum"],
        **options,
    )
    return sorted((tuple(row.values()) for row in made.to_pylist()), key=repr)


def test_type_1() -> None:
    assert applied(FEED) == [
        (124, "Raul", "Oaxaca"),
        (125, "Mercedes", "Guadalajara"),
        (126, "Lily", "Cancun"),
    ]


def test_type_1_with_a_truncate() -> None:
    made = applied([*FEED, TRUNCATE], apply_as_truncates="operation = 'TRUNCATE'")
    assert made == [(125, "Mercedes", "Guadalajara")]


def test_type_2() -> None:
    assert applied(FEED, stored_as_scd_type=2) == HISTORY


@pytest.mark.parametrize(
    "tracked", [{"track_history_except_column_list": ["city"]}, {"track_history_column_list": ["userId", "name"]}]
)
def test_type_2_tracking_some_columns(tracked: dict[str, list[str]]) -> None:
    assert applied(FEED, stored_as_scd_type=2, **tracked) == [
        (123, "Isabel", "Chihuahua", 1, 6),
        (124, "Raul", "Oaxaca", 1, None),
        (125, "Mercedes", "Guadalajara", 2, None),
        (126, "Lily", "Cancun", 2, None),
    ]


def test_type_2_in_many_orders() -> None:
    for order in itertools.islice(itertools.permutations(FEED), 0, None, 1511):
        assert applied(list(order), stored_as_scd_type=2) == HISTORY
