"""Arrow columns that cannot be stored are refused by table and column, and the cast that the hint names works."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from dlt.common.normalizers.naming.snake_case import NamingConvention

from sbdk.core.errors import SourceError
from sbdk.load.prepare import RejectColumnCollisions

FILE = Path("pipelines/things.py")
REFUSED = {
    "duration": (pa.array([datetime.timedelta(1)]), pa.int64()),
    "interval": (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), None),
    "wide decimal": (pa.array([Decimal(5)], pa.decimal256(60, 0)), pa.decimal128(38, 0)),
    "string view": (pa.array(["a"], pa.string_view()), pa.string()),
    "binary view": (pa.array([b"a"], pa.binary_view()), pa.binary()),
    "run ends": (pa.RunEndEncodedArray.from_arrays([1], [5]), None),
    "union": (pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]), None),
    "empty struct": (pa.array([{}], pa.struct([])), None),
    "uuid": (pa.array([b"0" * 16], pa.uuid()), pa.binary(16)),
    "large": (pa.array([2**64 - 1], pa.uint64()), pa.decimal128(20, 0)),
}
"""Of plain dlt each of these fails, or DuckDB does, with the types named differently or without the column."""
STORED = [
    pa.array([1.5], pa.float16()), pa.array([1], pa.time32("s")), pa.array([{"a": 1}]), pa.array([[1]]),
    pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int32())), pa.array([7], pa.uint64()), pa.array([None], pa.null()),
    pa.array(["a"]).dictionary_encode(), pa.array([Decimal(1)], pa.decimal32(5, 2)), pa.array([1], pa.timestamp("s")),
]  # fmt: skip


def step() -> RejectColumnCollisions:
    return RejectColumnCollisions(NamingConvention(), "things", FILE)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_stored_is_refused_by_name(name: str) -> None:
    column, cast = REFUSED[name]
    with pytest.raises(SourceError, match=r"^pipelines/things.py: things\.v: ") as caught:
        step()(pa.table({"id": [1], "v": column}))
    assert caught.value.hint
    if cast is not None:
        step()(pa.table({"id": [1], "v": column.cast(cast) if name != "uuid" else column.storage}))


def test_what_can_be_stored_passes() -> None:
    table = pa.table({f"v{at}": column for at, column in enumerate(STORED)})
    assert step()(table) is table


def test_a_repeated_header_of_a_csv_file_is_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array(["a"]), pa.array(["b"])], names=["id", "name", "name"])
    with pytest.raises(SourceError, match="two columns of things are called 'name'"):
        step()(table)
    step()(table.rename_columns(["id", "name", "other"]))
