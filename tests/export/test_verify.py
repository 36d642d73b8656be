"""`verify`: a true copy has no differences in any form, and whatever was done to it is found and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sbdk.core.errors import SbdkError, UsageError, WarehouseDamaged
from sbdk.core.events import RunEvent
from sbdk.export import Difference, verify, write
from support.export_worlds import SCHEMA, TinyWorld, row

ROWS = 300
WORLD = TinyWorld(things=ROWS)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest of `things`, in Parquet."""
    folder = tmp_path_factory.mktemp("origin")
    write(WORLD, [], folder)
    return folder


def copy_of(origin: Path, folder: Path, change: Callable[[Rows], Rows] = lambda rows: rows) -> Path:
    """A Parquet file made by pyarrow, with changed rows."""
    rows = change([row(number) for number in range(ROWS)])
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "things.parquet")
    return folder / "things.parquet"


def kinds(found: list[Difference]) -> set[str]:
    return {difference.kind for difference in found}


def only(found: list[Difference], kind: str) -> Difference:
    chosen = [difference for difference in found if difference.kind == kind]
    assert len(chosen) == 1
    return chosen[0]


def test_a_true_copy_has_no_differences(origin: Path, tmp_path: Path) -> None:
    copy = copy_of(origin, tmp_path, lambda rows: rows[::-1])
    assert verify(origin) == []
    assert verify(origin / "manifest.json", copy) == []
    assert verify(origin, tmp_path, dataset=WORLD) == []


EXPORTS = {
    "csv": "copy (select * from things) to '{to}.csv' (header, timestampformat '%Y-%m-%dT%H:%M:%S.%f')",
    "jsonl": "copy (select * from things) to '{to}.jsonl' (format json)",
    "parquet": "copy (select * from things order by mail) to '{to}.parquet'",
}


@pytest.mark.parametrize("format", EXPORTS)
def test_a_copy_that_duckdb_made_is_proved(origin: Path, tmp_path: Path, format: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"create table things as from '{origin}/things.parquet'")
        connection.execute(EXPORTS[format].format(to=tmp_path / "things"))
    assert verify(origin, tmp_path / f"things.{format}") == []


def test_a_table_in_a_duckdb_file_is_found_by_its_name_in_any_schema(origin: Path, tmp_path: Path) -> None:
    file = tmp_path / "dev.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema raw; create schema raw_staging; create table raw_staging.things (id int)")
        connection.execute(f"create table raw.things as select *, 'x' as _dlt_load_id from '{origin}/things.parquet'")
    assert verify(origin, file) == []
    with duckdb.connect(str(file)) as connection:
        connection.execute("update raw.things set amount = amount + 0.01 where id = 42")
    wrong = only(verify(origin, file, dataset=WORLD), "cell")
    amount = row(41)["amount"]
    assert (wrong.row, wrong.column) == (41, "amount")
    assert (wrong.found, wrong.expected) == (f'"{amount + Decimal("0.01")}"', f'"{amount}"')


def test_a_table_in_two_schemas_is_ambiguous(origin: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "dev.duckdb")) as connection:
        connection.execute(
            "create schema a; create schema b; create table a.things (i int); create table b.things (i int)"
        )
    with pytest.raises(UsageError, match="a, b"):
        verify(origin, tmp_path / "dev.duckdb")


def test_several_files_are_one_table(origin: Path, tmp_path: Path) -> None:
    table = pq.read_table(origin / "things.parquet")
    paths = [tmp_path / f"part-{part}-of-things.parquet" for part in range(3)]
    for part, path in enumerate(paths):
        pq.write_table(table.slice(part * 100, 100), path)
    assert verify(origin, paths) == []
    assert kinds(verify(origin, paths[:2])) == {"rows", "content"}


@pytest.mark.parametrize("column", SCHEMA.names)
def test_one_changed_cell_is_found_and_named(origin: Path, tmp_path: Path, column: str) -> None:
    other = next(row(number)[column] for number in range(ROWS) if row(number)[column] not in (None, row(123)[column]))

    def change(rows: Rows) -> Rows:
        rows[123][column] = other if column != "id" else 10**9
        return rows

    copy = copy_of(origin, tmp_path, change)
    assert kinds(verify(origin, copy)) == {"content"}
    found = verify(origin, copy, dataset=WORLD)
    if column == "id":
        assert (only(found, "missing_row").row, only(found, "extra_row").found) == (123, f"id = {10**9}")
    else:
        assert (only(found, "cell").row, only(found, "cell").column) == (123, column)


def test_a_null_for_an_empty_text_is_found(origin: Path, tmp_path: Path) -> None:
    place = next(number for number in range(ROWS) if row(number)["text"] == "")

    def change(rows: Rows) -> Rows:
        rows[place]["text"] = None
        return rows

    wrong = only(verify(origin, copy_of(origin, tmp_path, change), dataset=WORLD), "cell")
    assert (wrong.row, wrong.found, wrong.expected) == (place, "null", '""')


def test_a_doubled_row_is_found_and_named(origin: Path, tmp_path: Path) -> None:
    found = verify(origin, copy_of(origin, tmp_path, lambda rows: [*rows, rows[10]]), dataset=WORLD)
    assert only(found, "rows").text == "301 rows, 300 expected"
    assert only(found, "extra_row").found == "id = 11"
    assert kinds(found) == {"rows", "content", "extra_row"}


def test_a_doubled_row_in_place_of_another_is_found(origin: Path, tmp_path: Path) -> None:
    found = verify(origin, copy_of(origin, tmp_path, lambda rows: [*rows[:20], rows[7], *rows[21:]]), dataset=WORLD)
    assert (only(found, "missing_row").row, only(found, "extra_row").found) == (20, "id = 8")


def test_a_lost_row_is_found_and_named(origin: Path, tmp_path: Path) -> None:
    found = verify(origin, copy_of(origin, tmp_path, lambda rows: rows[:99] + rows[100:]), dataset=WORLD)
    assert only(found, "missing_row").text == "row 99 (id = 100) is missing"


def test_only_the_first_wrong_rows_are_named(origin: Path, tmp_path: Path) -> None:
    found = verify(
        origin,
        copy_of(origin, tmp_path, lambda rows: [{**cells, "ratio": 0.125} for cells in rows][::-1]),
        dataset=WORLD,
        limit=3,
    )
    assert [difference.row for difference in found if difference.kind == "cell"] == [0, 1, 2]


def test_rows_of_a_slice_are_numbered_as_in_the_world(tmp_path: Path) -> None:
    write(WORLD, [], tmp_path, "jsonl", rows=(200, 210))
    path = tmp_path / "things.jsonl"
    path.write_text(path.read_text("utf-8").replace(row(205)["mail"], "x"), "utf-8")
    wrong = only(verify(tmp_path, dataset=WORLD), "cell")
    assert (wrong.row, wrong.column, wrong.found) == (205, "mail", '"x"')


def test_another_world_names_no_rows(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = copy_of(origin, tmp_path, lambda rows: rows[1:])
    world = TinyWorld(things=ROWS)
    monkeypatch.setattr(world.tables["things"], "fingerprint", "beef")
    assert kinds(verify(origin, copy, dataset=world)) == {"rows", "content"}


def test_missing_and_extra_columns_are_named(origin: Path, tmp_path: Path) -> None:
    table = pq.read_table(origin / "things.parquet")
    pq.write_table(
        table.rename_columns(["note" if name == "text" else name for name in table.column_names]),
        tmp_path / "things.parquet",
    )
    found = verify(origin, tmp_path, dataset=WORLD)
    assert {(difference.kind, difference.column) for difference in found} == {
        ("missing_column", "text"),
        ("extra_column", "note"),
    }


def test_an_extra_column_alone_still_has_its_content_proved(origin: Path, tmp_path: Path) -> None:
    table = pq.read_table(origin / "things.parquet")
    pq.write_table(table.append_column("note", pa.nulls(ROWS, pa.int8())), tmp_path / "things.parquet")
    assert kinds(verify(origin, tmp_path)) == {"extra_column"}


def test_what_a_loader_added_does_not_count(origin: Path, tmp_path: Path) -> None:
    table = pq.read_table(origin / "things.parquet")
    pq.write_table(table.append_column("_dlt_load_id", pa.array(["1"] * ROWS)), tmp_path / "things.parquet")
    assert verify(origin, tmp_path) == []


def test_another_type_is_named(origin: Path, tmp_path: Path) -> None:
    table = pq.read_table(origin / "things.parquet")
    place = table.column_names.index("amount")
    pq.write_table(table.set_column(place, "amount", table["amount"].cast(pa.float64())), tmp_path / "things.parquet")
    wrong = only(verify(origin, tmp_path), "type")
    assert wrong.text.endswith("column 'amount' is double, decimal128(12, 2) expected")


def test_a_missing_table_is_a_difference_of_a_folder_and_of_a_database(tmp_path: Path) -> None:
    write(TinyWorld(things=5, others=5), [], tmp_path / "a")
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / "things.parquet", tmp_path / "b")
    assert [(d.table, d.kind) for d in verify(tmp_path / "a", tmp_path / "b")] == [("others", "missing_table")]
    assert verify(tmp_path / "a", tmp_path / "b" / "things.parquet") == []
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute(f"create table others as from '{tmp_path}/a/others.parquet'")
    assert [(d.table, d.kind) for d in verify(tmp_path / "a", tmp_path / "x.duckdb")] == [("things", "missing_table")]


def test_a_lost_file_of_the_manifest_is_a_difference(tmp_path: Path) -> None:
    write(TinyWorld(things=5), [], tmp_path)
    (tmp_path / "things.parquet").unlink()
    wrong = only(verify(tmp_path), "unreadable")
    assert wrong.file == str(tmp_path / "things.parquet")


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "a byte short": lambda data: data[:-1],
    "garbage": lambda data: bytes(range(256)) * 40,
    "an image": lambda data: b"\x89PNG\r\n\x1a\n" + data,
    "zeros in the middle": lambda data: data[:3000] + b"\0" * 3000 + data[6000:],
    "a line twice": lambda data: data + data[data.rindex(b"\n", 0, len(data) - 1) + 1 :],
    "another encoding": lambda data: data.replace("日".encode(), b"\xff\xfe"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("world", [None, WORLD], ids=["alone", "with the world"])
def test_a_damaged_file_is_named_and_never_a_traceback(
    tmp_path: Path, format: str, damage: str, world: TinyWorld | None
) -> None:
    write(WORLD, [], tmp_path, format)
    path = tmp_path / f"things.{format}"
    data = path.read_bytes()
    if format == "parquet" and damage in ("a line twice", "another encoding"):
        pytest.skip("of text files")
    if format == "csv" and damage == "a byte short":
        pytest.skip("the last line break means nothing")
    path.write_bytes(DAMAGE[damage](data))
    found = verify(tmp_path, dataset=world)
    if format == "jsonl" and damage == "a byte short":
        assert found == []
    else:
        assert found
        assert {difference.table for difference in found} == {"things"}
        assert all(difference.file in (None, str(path)) for difference in found)


@pytest.mark.parametrize("data", [b"", b"garbage" * 1000, b"\0" * 20_000])
def test_a_damaged_duckdb_file_is_named(origin: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.duckdb").write_bytes(data)
    with pytest.raises(WarehouseDamaged, match=r"x\.duckdb"):
        verify(origin, tmp_path / "x.duckdb")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tables": {"a": {}}}', '{"format_version": 2}', '{"surprise": 1}'])
def test_a_broken_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(SbdkError) as caught:
        verify(tmp_path)
    assert caught.value.file == str(tmp_path / "manifest.json")


def test_a_manifest_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    write(TinyWorld(things=5), [], tmp_path / "a")
    shutil.copy(tmp_path / "a" / "things.parquet", tmp_path / "secret.parquet")
    text = (tmp_path / "a" / "manifest.json").read_text()
    (tmp_path / "a" / "manifest.json").write_text(text.replace("things.parquet", "../secret.parquet"))
    assert kinds(verify(tmp_path / "a")) == {"unreadable"}


def test_paths_that_are_nothing_are_wrong_usage(origin: Path, tmp_path: Path) -> None:
    (tmp_path / "things.txt").write_text("")
    (tmp_path / "other.csv").write_text("")
    write(TinyWorld(things=5, others=5), [], tmp_path / "two")
    for path in (tmp_path / "gone", tmp_path / "things.txt", tmp_path / "gone.duckdb"):
        with pytest.raises(UsageError) as caught:
            verify(origin, path)
        assert caught.value.file == str(path)
    with pytest.raises(UsageError, match=r"other\.csv"):
        verify(tmp_path / "two", tmp_path / "other.csv")
    with pytest.raises(UsageError, match=r"manifest\.json"):
        verify(tmp_path)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("things.parquet", True),
        ("things-00001.parquet", True),
        ("things_1.parquet", True),
        ("part.things.1.parquet", True),
        ("things/anything.parquet", True),
        ("old_things.parquet", False),
        ("things_old.parquet", False),
        (".things.parquet", False),
        ("nothings.parquet", False),
    ],
)
def test_in_a_folder_a_file_counts_if_it_is_named_after_the_table(
    origin: Path, tmp_path: Path, name: str, counts: bool
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    shutil.copy(origin / "things.parquet", tmp_path / name)
    shutil.copy(origin / "manifest.json", tmp_path)
    assert kinds(verify(origin, tmp_path)) == (set() if counts else {"missing_table"})


def test_a_file_alone_may_have_any_name_if_there_is_one_table(origin: Path, tmp_path: Path) -> None:
    shutil.copy(origin / "things.parquet", tmp_path / "x.parquet")
    assert verify(origin, tmp_path / "x.parquet") == []


def test_a_folder_without_any_of_the_tables_misses_them_all(origin: Path, tmp_path: Path) -> None:
    assert kinds(verify(origin, tmp_path)) == {"missing_table"}


def test_progress_is_told(origin: Path) -> None:
    said: list[RunEvent] = []
    verify(origin, emit=said.append)
    assert [(event.kind, event.stage, event.done) for event in said] == [("progress", "verify", ROWS)]
