"""What was written is there, cell by cell, when another engine reads it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sbdk.core.errors import UsageError
from sbdk.export import verify, write
from support.duckdb_reader import COLUMNS, by_duckdb
from support.export_worlds import SCHEMA, TinyWorld, row

ROWS = 700


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_duckdb_reads_every_cell_as_it_was(tmp_path: Path, format: str) -> None:
    write(TinyWorld(things=ROWS), [], tmp_path, format, raw=True)
    found = by_duckdb(tmp_path / f"things.{format}", format)
    assert found == [row(number) for number in range(ROWS)]


def test_duckdb_finds_the_types_in_the_parquet_file(tmp_path: Path) -> None:
    write(TinyWorld(things=10), [], tmp_path)
    found = duckdb.sql(f"describe from '{tmp_path}/things.parquet'").fetchall()
    assert {column[0]: column[1] for column in found} == COLUMNS
    assert pq.read_schema(tmp_path / "things.parquet").field("id").nullable is False


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_a_table_without_rows_is_a_file_without_rows(tmp_path: Path, format: str) -> None:
    write(TinyWorld(none=0), [], tmp_path, format)
    assert verify(tmp_path) == []
    assert by_duckdb(tmp_path / f"none.{format}", format) == []


def test_python_reads_json_lines_exactly(tmp_path: Path) -> None:
    write(TinyWorld(things=ROWS), [], tmp_path, "jsonl")
    lines = (tmp_path / "things.jsonl").read_text("utf-8").split("\n")
    found = [json.loads(line, parse_float=Decimal) for line in lines[:-1]]
    for number, cells in enumerate(found):
        expected = row(number)
        assert list(cells) == list(expected)
        assert cells["text"] == expected["text"]
        assert cells["amount"] == expected["amount"]
        assert cells["at"] == expected["at"].isoformat(timespec="microseconds")
        assert cells["day"] == (expected["day"] and expected["day"].isoformat())


def test_nan_has_no_json_and_is_refused_with_the_columns_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ratio"):
        write(_OneColumn(pa.array([1.0, float("nan")])), [], tmp_path, "jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_nan_and_infinities_survive_elsewhere(tmp_path: Path, format: str) -> None:
    world = _OneColumn(pa.array([1.0, float("nan"), None, float("inf"), float("-inf"), 5e-324, -0.0]))
    write(world, [], tmp_path, format)
    assert verify(tmp_path) == []


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize(
    "array",
    [
        pa.array([Decimal("0.000000001"), Decimal("-999.999999999"), None], pa.decimal128(12, 9)),
        pa.array([Decimal(10) ** 37, -(Decimal(10) ** 37)], pa.decimal128(38, 0)),
        pa.array([0, 12 * 3_600 * 10**6 + 1, None], pa.time64("us")),
        pa.array([2**64 - 1, 0, None], pa.uint64()),
        pa.array([-(2**63), 2**63 - 1], pa.int64()),
        pa.array([None, None], pa.string()),
        pa.array([None, "b", None]).dictionary_encode(),
        pa.array(["x" * 300_000, None, "\u2028", "null", "nan", "NULL", "\\N", " ", '"', "''=1"]),
        pa.array([0.1, 1e300, -1e-300, 123456789.123456789]),
        pa.array([-62_135_596_800_000_000, 253_402_300_799_999_999], pa.timestamp("us")),
    ],
    ids=lambda array: str(array.type),
)
def test_extreme_values_are_proved_after_a_round_trip(tmp_path: Path, format: str, array: pa.Array) -> None:
    write(_OneColumn(array), [], tmp_path, format)
    assert verify(tmp_path) == []


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_binary_columns_are_refused_before_anything_is_written(tmp_path: Path, format: str) -> None:
    with pytest.raises(UsageError, match="binary"):
        write(_OneColumn(pa.array([b"\xff"])), [], tmp_path / "new", format)
    assert not (tmp_path / "new").exists()


class _OneColumn(TinyWorld):
    """A table `t` of one column `ratio`."""

    def __init__(self, array: pa.Array) -> None:
        super().__init__(t=len(array))
        self.array = array

    def schema(self, table: str) -> pa.Schema:
        return pa.schema([("ratio", self.array.type)])

    def batches(self, table: str, start: int = 0, stop: int | None = None, **_: Any) -> Any:
        yield pa.RecordBatch.from_arrays([self.array[start:stop]], ["ratio"])


def test_the_schema_of_the_tiny_world_is_what_this_file_says() -> None:
    assert SCHEMA.names == list(COLUMNS)
