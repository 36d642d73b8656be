"""The fast path: Parquet files written elsewhere enter the build as they are, with the types of their Arrow schema."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt import Schema
from dlt.extract import DltSource

from sbdk.load import Loader, parquet_item
from sbdk.load.parquet_import import column_hint
from sbdk.load.sources import DEFAULT_SOURCE

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("rank", pa.int32()),
        pa.field("amount", pa.decimal128(12, 2)),
        pa.field("at", pa.timestamp("us")),
        pa.field("zoned", pa.timestamp("us", "UTC")),
        pa.field("day", pa.date32()),
        pa.field("kind", pa.dictionary(pa.int8(), pa.string())),
        pa.field("share", pa.float64()),
        pa.field("good", pa.bool_()),
    ]
)
DUCKDB_TYPES = {
    "id": "BIGINT",
    "rank": "INTEGER",
    "amount": "DECIMAL(12,2)",
    "at": "TIMESTAMP",
    "zoned": "TIMESTAMP WITH TIME ZONE",
    "day": "DATE",
    "kind": "VARCHAR",
    "share": "DOUBLE",
    "good": "BOOLEAN",
}


def row(number):
    at = dt.datetime(2024, 2, 29, 23, 59, 59, number)
    return {
        "id": number,
        "rank": number - 3,
        "amount": Decimal(number) / 4,
        "at": at,
        "zoned": at.replace(tzinfo=dt.UTC),
        "day": at.date(),
        "kind": ["a", None, "x'); DROP TABLE t; --"][number % 3],
        "share": number / 3,
        "good": number % 2 == 0,
    }


def part(folder, name, numbers):
    table = pa.Table.from_pylist([row(number) for number in numbers], schema=SCHEMA)
    path = folder / name
    pq.write_table(table, path, compression="none", use_dictionary=False)
    return parquet_item(path, table.num_rows, SCHEMA)


@pytest.fixture
def load(project, tmp_path):
    """Load items as the resource `t` into the project's build."""

    def run(items):
        source = DltSource(Schema(DEFAULT_SOURCE), "", [dlt.resource(items, name="t")])
        loader = Loader(project.target_build, project.build.parent / "dlt", root=project.root)
        assert loader.extract([source]) == loader.load()
        return loader

    return run


def test_types_and_values_survive(project, load, tmp_path):
    load([part(tmp_path, "0.parquet", range(7)), part(tmp_path, "1.parquet", range(7, 10))])
    described = {name: kind for name, kind, *_ in project.sql("describe raw.t")}
    assert described == DUCKDB_TYPES
    assert project.sql('select id, rank, amount, "at", day, kind, share, good from raw.t order by id') == [
        tuple(value for name, value in row(number).items() if name != "zoned") for number in range(10)
    ]
    assert project.sql("select count(*) from raw.t where zoned = timezone('UTC', \"at\")") == [(10,)]


def test_types_do_not_change_from_load_to_load(project, load, tmp_path):
    for number in range(3):
        load([part(tmp_path, f"{number}.parquet", [number])])
    assert {name: kind for name, kind, *_ in project.sql("describe raw.t")} == DUCKDB_TYPES
    assert project.sql("select id from raw.t order by id") == [(0,), (1,), (2,)]


def test_an_empty_file_makes_an_empty_table(project, load, tmp_path):
    load([part(tmp_path, "0.parquet", [])])
    assert project.sql("select count(*) from raw.t") == [(0,)]
    assert {name: kind for name, kind, *_ in project.sql("describe raw.t")} == DUCKDB_TYPES


def test_keys_are_not_nullable_in_the_build(project, load, tmp_path):
    load([part(tmp_path, "0.parquet", range(3))])
    nullable = {name: null for name, _, null, *_ in project.sql("describe raw.t")}
    assert [name for name, null in nullable.items() if null == "NO"] == ["id"]


def test_the_file_is_linked_and_not_rewritten(project, tmp_path):
    item = part(tmp_path, "0.parquet", range(5))
    before = hashlib.sha256((tmp_path / "0.parquet").read_bytes()).digest()
    source = DltSource(Schema(DEFAULT_SOURCE), "", [dlt.resource([item], name="t")])
    loader = Loader(project.target_build, project.build.parent / "dlt", root=project.root)
    loader.extract([source])
    links = [path for path in loader.work.rglob("*.parquet") if path.samefile(tmp_path / "0.parquet")]
    assert links
    loader.load()
    assert hashlib.sha256((tmp_path / "0.parquet").read_bytes()).digest() == before


def test_a_new_column_of_a_later_file_is_added(project, load, tmp_path):
    load([part(tmp_path, "0.parquet", [0])])
    wider = SCHEMA.append(pa.field("more", pa.string()))
    pq.write_table(pa.Table.from_pylist([row(1) | {"more": "m"}], schema=wider), tmp_path / "1.parquet")
    load([parquet_item(tmp_path / "1.parquet", 1, wider)])
    assert project.sql("select id, more from raw.t order by id") == [(0, None), (1, "m")]


def test_a_type_without_a_column_type_is_refused():
    with pytest.raises(TypeError, match="list"):
        column_hint(pa.field("x", pa.list_(pa.int64())))
