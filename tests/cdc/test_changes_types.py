"""Sequences, keys and columns of every type that has an order, a lateness in each unit, and batches of a real size."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from sbdk.cdc import apply_changes, apply_changes_into

T = datetime(2026, 1, 1)
Z = datetime(2026, 1, 1, tzinfo=UTC)
ORDERED = [
    ([1, 2, 3], pa.uint8()),
    ([-(2**63), 0, 2**63 - 1], pa.int64()),
    ([0, 2**63, 2**64 - 1], pa.uint64()),
    ([-1.5, 0.25, 1e300], pa.float64()),
    ([Decimal("0.01"), Decimal("0.10"), Decimal("10.00")], pa.decimal128(20, 2)),
    (["10", "9", "ä"], pa.string()),
    (["10", "9", "ä"], pa.large_string()),
    (["10", "9", "ä"], pa.dictionary(pa.int8(), pa.string())),
    ([b"\x00", b"\x01", b"\xff"], pa.binary()),
    ([date(1, 1, 1), date(2026, 1, 1), date(9999, 12, 31)], pa.date32()),
    ([T, T + timedelta(microseconds=1), T + timedelta(1)], pa.timestamp("us")),
    ([T, T + timedelta(microseconds=1), T + timedelta(1)], pa.timestamp("ns")),
    ([T, T + timedelta(seconds=1), T + timedelta(1)], pa.timestamp("s")),
    ([Z, Z + timedelta(microseconds=1), Z + timedelta(1)], pa.timestamp("us", tz="Europe/Paris")),
]


@pytest.mark.parametrize(("ordered", "type_"), ORDERED, ids=[str(type_) for _, type_ in ORDERED])
def test_any_ordered_type_is_a_sequence_and_a_key(ordered: list[Any], type_: pa.DataType) -> None:
    first, second, third = ordered
    seq = pa.array([third, first, second], pa.string()).dictionary_encode() if pa.types.is_dictionary(type_) else None
    feed = pa.table({"id": [1, 1, 1], "seq": seq or pa.array([third, first, second], type_), "v": ["c", "a", "b"]})
    options = {"keys": ["id"], "sequence_by": "seq", "except_column_list": ["seq"], "stored_as_scd_type": 2}
    expected = [("a", first, second), ("b", second, third), ("c", third, None)]
    made = apply_changes(feed, **options).sort_by("v").to_pylist()
    assert [(row["v"], row["valid_from"], row["valid_to"]) for row in made] == expected
    with duckdb.connect() as connection:
        for i in range(3):
            apply_changes_into(connection, "kept", feed.slice(i, 1), **options)
        kept = connection.sql("from kept").to_arrow_table().sort_by("v").to_pylist()
        assert [(row["v"], row["valid_from"], row["valid_to"]) for row in kept] == expected
        apply_changes_into(connection, "keyed", feed, keys=["seq"], sequence_by="v")
        assert connection.sql("from keyed").to_arrow_table().num_rows == 3


@pytest.mark.parametrize(
    ("times", "type_", "lateness"),
    [
        ([T, T + timedelta(minutes=5), T + timedelta(minutes=15)], pa.timestamp("us"), timedelta(minutes=10)),
        ([T, T + timedelta(minutes=5), T + timedelta(minutes=15)], pa.timestamp("ns"), "10 minutes"),
        ([Z, Z + timedelta(minutes=5), Z + timedelta(minutes=15)], pa.timestamp("us", "UTC"), timedelta(minutes=10)),
        ([date(2026, 1, 1), date(2026, 1, 6), date(2026, 1, 16)], pa.date32(), timedelta(days=10)),
        ([0, 5, 15], pa.uint8(), 10),
        ([0.0, 0.5, 1.5], pa.float64(), 1.0),
        ([Decimal("0.0"), Decimal("0.5"), Decimal("1.5")], pa.decimal128(9, 1), 1),
    ],
    ids=str,
)
def test_a_lateness_is_exact_in_any_unit(times: list[Any], type_: pa.DataType, lateness: Any) -> None:
    """The third event puts the horizon on the second: what is there or later is taken in, the first is refused."""
    options = {"keys": ["id"], "sequence_by": "at", "stored_as_scd_type": 2, "lateness": lateness}
    with duckdb.connect() as connection:

        def merge(i: int) -> int:
            feed = pa.table({"id": [1], "at": pa.array([times[i]], type_)})
            return apply_changes_into(connection, "kept", feed, **options).refused_late

        assert [merge(i) for i in (2, 1, 0, 2)] == [0, 0, 1, 0]


def test_a_lateness_that_reaches_below_the_smallest_number_refuses_nothing() -> None:
    options = {"keys": ["id"], "sequence_by": "at", "lateness": 100}
    with duckdb.connect() as connection:
        for at in (50, 3, 0):
            feed = pa.table({"id": [1], "at": pa.array([at], pa.uint8())})
            assert apply_changes_into(connection, "kept", feed, **options).refused_late == 0


def test_nested_columns_are_values_like_others() -> None:
    feed = pa.table(
        {
            "id": [1, 1, 1],
            "seq": [1, 2, 3],
            "tags": [["a"], ["a"], ["a", None]],
            "place": [{"x": 1, "y": None}, {"x": 1, "y": None}, {"x": 1, "y": 2}],
        }
    )
    options = {"keys": ["id"], "sequence_by": "seq", "except_column_list": ["seq"], "stored_as_scd_type": 2}
    made = apply_changes(feed, **options).sort_by("valid_from").to_pylist()
    assert [(row["tags"], row["valid_from"], row["valid_to"]) for row in made] == [
        (["a"], 1, 3),
        (["a", None], 3, None),
    ]
    with duckdb.connect() as connection:
        assert apply_changes_into(connection, "kept", feed, **options).inserted == 2
        assert apply_changes_into(connection, "kept", feed, **options).duplicates == 3


@pytest.mark.parametrize("scd_type", [1, 2])
def test_batches_of_many_row_groups(tmp_path: Any, scd_type: int) -> None:
    """300,000 events, 1,000 keys, each with 300 different values; then the same, and then one more for each key."""
    count, keys = 300_000, 1_000
    numbers = np.arange(count)
    feed = pa.table({"id": numbers % keys, "seq": numbers, "v": numbers})
    options = {"keys": ["id"], "sequence_by": "seq", "stored_as_scd_type": scd_type}
    with duckdb.connect(str(tmp_path / "kept.duckdb")) as connection:
        first = apply_changes_into(connection, "kept", feed, **options)
        assert first.inserted == (keys if scd_type == 1 else count)
        assert first.closed == (0 if scd_type == 1 else count - keys)
        told = "select count(*), count(v), sum(v) from kept"
        last = sum(range(count - keys, count)) if scd_type == 1 else sum(range(count))
        assert connection.execute(told).fetchall() == [(first.inserted, first.inserted, last)]
        assert apply_changes_into(connection, "kept", feed, **options).duplicates == count
        more = pa.table({"id": range(keys), "seq": [count] * keys, "v": [0] * keys})
        again = apply_changes_into(connection, "kept", more, **options)
        assert (again.inserted, again.closed) == ((0, 0) if scd_type == 1 else (keys, keys))
        assert connection.execute("select count(*) from kept where v = 0").fetchall()[0][0] == keys + (scd_type == 2)
