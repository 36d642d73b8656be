"""The vectorised content hash is the documented formula, for every type and way of storing it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.core.errors import UsageError
from sbdk.export import content_hash
from support.export_worlds import SCHEMA, TinyWorld, row
from support.slow_hash import FAMILY_OF, slow_hash

MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
CENTS = st.integers(-(10**12) + 1, 10**12 - 1).map(lambda cents: Decimal(cents).scaleb(-2))
WIDE = st.integers(-(10**37), 10**37).map(lambda units: Decimal(units).scaleb(-9))
KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any], type]] = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1), int),
    (pa.int8(), st.integers(-128, 127), int),
    (pa.uint64(), st.integers(0, 2**64 - 1), int),
    (pa.bool_(), st.booleans(), bool),
    (pa.float64(), st.floats(), float),
    (pa.float32(), st.floats(width=32), float),
    (pa.decimal128(12, 2), CENTS, Decimal),
    (pa.decimal128(38, 9), WIDE, Decimal),
    (pa.string(), st.text(), str),
    (pa.large_string(), st.text(max_size=20), str),
    (pa.string_view(), st.text(max_size=20), str),
    (pa.binary(), st.binary(max_size=40), bytes),
    (pa.timestamp("us"), MOMENTS, datetime),
    (pa.timestamp("ms"), MOMENTS.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)), datetime),
    (pa.timestamp("us", "UTC"), MOMENTS.map(lambda at: at.replace(tzinfo=UTC)), datetime),
    (pa.date32(), st.dates(), date),
    (pa.time64("us"), st.times(), time),
    (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["", "a", "eight888", "nine99999"]), str),
]


@pytest.mark.parametrize(("data_type", "values", "kind"), KINDS, ids=[str(kind[0]) for kind in KINDS])
def test_any_values_hash_as_the_formula_says(data_type: pa.DataType, values: Any, kind: type) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.none() | values, max_size=12))
    def check(cells: list[Any]) -> None:
        batch = pa.RecordBatch.from_arrays([pa.array(cells, data_type)], ["c"])
        stored = [{"c": cell} for cell in cells]
        assert content_hash([batch], batch.schema) == slow_hash(stored, {"c": FAMILY_OF[kind]})

    check()


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 15, 16, 17, 255, 256, 257, 263, 264, 265, 1000, 100_003])
def test_texts_of_every_length_hash_as_the_formula_says(size: int) -> None:
    """Few texts and many go different ways."""
    texts = ["x" * size, "é" * (size // 2), None, "0123456789" * (size // 10)] * (20 if size < 300 else 1)
    batch = pa.RecordBatch.from_arrays([pa.array(texts)], ["c"])
    assert content_hash([batch], batch.schema) == slow_hash([{"c": text} for text in texts], {"c": "string"})


def test_a_whole_table_hashes_as_the_formula_says() -> None:
    families = {"id": "integer", "small": "integer", "ratio": "float", "amount": "decimal", "flag": "boolean"}
    families |= {"at": "timestamp", "day": "date", "text": "string", "colour": "string", "mail": "string"}
    world = TinyWorld(things=700)
    expected = slow_hash((row(number) for number in range(700)), families)
    assert content_hash(world.tables["things"].batches(), SCHEMA) == expected


def test_the_formula_is_frozen() -> None:
    """Manifests outlive releases: if this literal has to change, the version in front of it has to change too."""
    batch = pa.RecordBatch.from_pydict({"id": [1, 2, None], "name": ["Ada", "", None]})
    assert content_hash([batch], batch.schema) == "1-b31280b1d096af39c3b5c7ca5c6e4169"


WAYS: list[tuple[pa.Array, pa.Array]] = [
    (pa.array([1, None, -3], pa.int8()), pa.array([1, None, -3], pa.int64())),
    (pa.array([1, None, 3], pa.uint64()), pa.array([1, None, 3], pa.int32())),
    (pa.array(["a", "", None]), pa.array(["a", "", None]).dictionary_encode()),
    (pa.array(["a", "", None]), pa.array(["a", "", None], pa.large_string())),
    (pa.array([0.5, None], pa.float32()), pa.array([0.5, None], pa.float64())),
    (pa.array([0.0]), pa.array([-0.0])),
    (pa.array([Decimal("-1.50")], pa.decimal128(5, 2)), pa.array([Decimal("-1.5000")], pa.decimal128(30, 4))),
    (pa.array([datetime(2026, 1, 1)], pa.timestamp("s")), pa.array([datetime(2026, 1, 1)], pa.timestamp("ns"))),
    (
        pa.array([datetime(2026, 1, 1)], pa.timestamp("us")),
        pa.array([datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))], pa.timestamp("us", "Europe/Berlin")),
    ),
    (pa.array([date(1969, 7, 20)], pa.date32()), pa.array([date(1969, 7, 20)], pa.date64())),
    (pa.array(["x", "a", None, "y"])[1:3], pa.array(["a", None])),
    (pa.array(["x", "a", None]).dictionary_encode()[1:], pa.array(["a", None])),
    (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array([None, "b"])),
        pa.array([None, "b", None]),
    ),
]


@pytest.mark.parametrize(("one", "other"), WAYS, ids=[f"{one.type}-{other.type}" for one, other in WAYS])
def test_how_a_value_is_stored_does_not_matter(one: pa.Array, other: pa.Array) -> None:
    assert _hash(one) == _hash(other)


UNLIKE: list[tuple[pa.Array, pa.Array]] = [
    (pa.array([""]), pa.array([None], pa.string())),
    (pa.array([0]), pa.array([None], pa.int64())),
    (pa.array(["a"]), pa.array(["a\0"])),
    (pa.array([""]), pa.array(["\0"])),
    (pa.array(["a" * 8 + "b" * 8]), pa.array(["b" * 8 + "a" * 8])),
    (pa.array(["1"]), pa.array([1])),
    (pa.array([-1]), pa.array([2**64 - 1], pa.uint64())),
    (pa.array([Decimal("-0.5")]), pa.array([Decimal("0.5")])),
    (pa.array([float("nan")]), pa.array([None], pa.float64())),
]


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_what_is_not_the_same_hashes_differently(one: pa.Array, other: pa.Array) -> None:
    assert _hash(one) != _hash(other)


def test_a_timestamp_finer_than_a_microsecond_is_refused_rather_than_cut() -> None:
    with pytest.raises(pa.ArrowInvalid):
        _hash(pa.array([1_700_000_000_000_000_001], pa.timestamp("ns")))


def test_a_nested_column_has_no_hash() -> None:
    with pytest.raises(UsageError, match="list"):
        content_hash([], pa.schema([("tags", pa.list_(pa.string()))]))


def _hash(array: pa.Array) -> str:
    batch = pa.RecordBatch.from_arrays([array], ["c"])
    return content_hash([batch], batch.schema)
