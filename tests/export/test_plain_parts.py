"""Parts for the loader: all rows, once, in a form that is fast to read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from sbdk.core.errors import DiskError
from sbdk.core.events import Progress, RunEvent, silent
from sbdk.export import write_parts
from support.export_worlds import EventLikeWorld, TinyWorld, row


def test_a_small_range_is_one_file_with_its_rows(tmp_path: Path) -> None:
    paths = write_parts(TinyWorld(users=500), "users", 100, 340, tmp_path, clock=None, threads=4, emit=silent)
    assert [path.name for path in paths] == ["users-0.parquet"]
    found = duckdb.sql(f"from '{paths[0]}' order by id").to_arrow_table().to_pylist()
    assert found == [row(number) for number in range(100, 340)]


def test_no_rows_are_one_empty_file(tmp_path: Path) -> None:
    paths = write_parts(TinyWorld(users=500), "users", 7, 7, tmp_path)
    assert [pq.read_metadata(path).num_rows for path in paths] == [0]


@pytest.mark.parametrize("threads", [1, 3, None])
def test_a_big_range_is_four_files_in_row_order(tmp_path: Path, threads: int | None) -> None:
    said: list[RunEvent] = []
    world = EventLikeWorld(events=900_000)
    paths = write_parts(world, "events", 5, 800_005, tmp_path, threads=threads, emit=said.append)
    assert [path.name for path in paths] == [f"events-{part}.parquet" for part in range(4)]
    ids = [number for path in paths for number in pq.read_table(path, columns=["event_id"])["event_id"].to_pylist()]
    assert ids == list(range(5, 800_005))
    last = said[-1]
    assert isinstance(last, Progress)
    assert (last.done, last.total, last.unit, last.item) == (800_000, 800_000, "rows", "events")


def test_row_groups_are_duckdbs_uncompressed_and_without_dictionary_types(tmp_path: Path) -> None:
    paths = write_parts(EventLikeWorld(events=500_000), "events", 0, 500_000, tmp_path)
    for path in paths:
        file = pq.ParquetFile(path)
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        assert [group.num_rows for group in groups[:-1]] == [122_880] * (len(groups) - 1)
        assert {group.column(place).compression for group in groups for place in range(12)} == {"UNCOMPRESSED"}
        assert str(file.schema_arrow.field("event_type").type) == "string"


def test_a_folder_that_is_not_there_is_disk_trouble(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="gone"):
        write_parts(TinyWorld(users=5), "users", 0, 5, tmp_path / "gone")
