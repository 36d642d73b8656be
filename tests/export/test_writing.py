"""`write`: which files and which manifest lie there afterwards, whatever happened."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sbdk.core.errors import DiskError, UnknownName, UsageError
from sbdk.core.events import Progress, RunEvent
from sbdk.export import read_manifest, verify, write
from support.export_worlds import EventLikeWorld, TinyWorld, row

TESTS = Path(__file__).parents[1]


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_file_per_table_and_a_manifest(tmp_path: Path) -> None:
    manifest = write(TinyWorld(users=30, orders=20), [], tmp_path / "a" / "b", seed=7)
    assert listing(tmp_path / "a" / "b") == ["manifest.json", "orders.parquet", "users.parquet"]
    assert read_manifest(tmp_path / "a" / "b") == manifest
    entry = json.loads((tmp_path / "a" / "b" / "manifest.json").read_text())["tables"]["orders"]
    assert (entry["rows"], entry["row_range"], entry["data_version"], entry["seed"]) == (20, [0, 20], "cafe", 7)
    assert entry["columns"][3] == {"name": "amount", "type": "decimal128(12, 2)", "nullable": True}
    assert entry["files"][0]["bytes"] == (tmp_path / "a" / "b" / "orders.parquet").stat().st_size


def test_files_of_the_named_tables_are_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    first = write(TinyWorld(users=30, orders=20), [], tmp_path, "csv")
    second = write(TinyWorld(users=31, orders=99), ["users"], tmp_path, "parquet")
    assert listing(tmp_path) == ["manifest.json", "notes.txt", "orders.csv", "users.parquet"]
    assert second.tables["orders"] == first.tables["orders"]
    assert second.tables["users"].rows == 31
    assert verify(tmp_path) == []


def test_an_entry_whose_file_is_gone_or_that_points_elsewhere_is_dropped(tmp_path: Path) -> None:
    write(TinyWorld(users=3, orders=2, events=1), [], tmp_path)
    (tmp_path / "users.parquet").unlink()
    text = (tmp_path / "manifest.json").read_text().replace('"events.parquet"', '"../events.parquet"')
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path.parent / "events.parquet").write_text("not ours")
    assert set(write(TinyWorld(orders=5), [], tmp_path).tables) == {"orders"}
    assert (tmp_path.parent / "events.parquet").read_text() == "not ours"


def test_a_broken_manifest_is_replaced_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"tables": ')
    said: list[RunEvent] = []
    assert set(write(TinyWorld(users=3), [], tmp_path, emit=said.append).tables) == {"users"}
    assert [event.kind for event in said if event.kind != "progress"] == ["warning"]


def test_a_range_of_rows(tmp_path: Path) -> None:
    manifest = write(TinyWorld(users=1000), [], tmp_path, rows=(400, 460))
    assert manifest.tables["users"].row_range == (400, 460)
    assert [cells["id"] for cells in pq.read_table(tmp_path / "users.parquet").to_pylist()] == list(range(401, 461))


@pytest.mark.parametrize("rows", [(5, 5), (6, 5), (-1, 5), (0, 101), (100, 101)])
def test_rows_that_are_not_there_are_refused(tmp_path: Path, rows: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="rows") as caught:
        write(TinyWorld(many=200, few=100), [], tmp_path / "out", rows=rows)
    assert caught.value.hint is not None
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_or_table_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as format_error:
        write(TinyWorld(), [], tmp_path / "out", "parket")
    assert format_error.value.hint == "did you mean 'parquet'? known: csv, jsonl, parquet"
    with pytest.raises(UnknownName) as table_error:
        write(TinyWorld(users=1, orders=1), ["user"], tmp_path / "out")
    assert table_error.value.hint == "did you mean 'users'? known: users, orders"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("wrong", [{"threads": -1}, {"batch_size": 0}])
def test_fewer_than_one_thread_or_row_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        write(TinyWorld(), [], tmp_path, **wrong)


def test_ctrl_c_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    def interrupted(event: RunEvent) -> None:
        raise KeyboardInterrupt

    write(TinyWorld(things=5), [], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for rows in (1_000, 1_300_000):
        with pytest.raises(KeyboardInterrupt):
            write(EventLikeWorld(things=rows), [], tmp_path, emit=interrupted)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_big_tables_are_cut_into_files_that_do_not_depend_on_threads(tmp_path: Path) -> None:
    world = EventLikeWorld(events=1_300_000)
    one = write(world, [], tmp_path / "one", threads=1)
    four = write(world, [], tmp_path / "four", threads=4, batch_size=50_000)
    assert one == four
    assert [file.name for file in one.tables["events"].files] == [f"events-{part:05}.parquet" for part in range(4)]
    count, low, high = duckdb.sql(
        f"select count(distinct event_id), min(event_id), max(event_id) from '{tmp_path}/four/*.parquet'"
    ).fetchall()[0]
    assert (count, low, high) == (1_300_000, 0, 1_299_999)


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_the_batch_size_does_not_show_in_a_file(tmp_path: Path, batch_size: int) -> None:
    for format in ("parquet", "csv", "jsonl"):
        write(TinyWorld(things=150), [], tmp_path / "a", format)
        write(TinyWorld(things=150), [], tmp_path / "b", format, batch_size=batch_size)
        assert (tmp_path / "a" / f"things.{format}").read_bytes() == (tmp_path / "b" / f"things.{format}").read_bytes()


def test_progress_counts_every_row_once(tmp_path: Path) -> None:
    said: list[RunEvent] = []
    write(EventLikeWorld(events=1_300_000), [], tmp_path, threads=4, emit=said.append)
    progress = [event for event in said if isinstance(event, Progress)]
    assert len(progress) == len(said)
    assert {(event.stage, event.unit, event.item) for event in progress} == {("generate", "rows", "events")}
    done = [event.done or 0 for event in progress]
    assert done == sorted(done)
    assert done[-1] == progress[-1].total == 1_300_000


class BreaksWorld(EventLikeWorld):
    """Fails in the last of the four files."""

    def batches(self, table: str, start: int = 0, stop: int | None = None, **options: Any) -> Iterator[pa.RecordBatch]:
        yield from super().batches(table, start, stop, **options)
        if stop == self.sizes[table]:
            raise RuntimeError("no more")


def test_a_failing_part_stops_the_others_and_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write(EventLikeWorld(events=10), [], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    threads = threading.active_count()
    with pytest.raises(RuntimeError, match="no more"):
        write(BreaksWorld(events=1_300_000), [], tmp_path, threads=4)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert threading.active_count() == threads


def test_a_file_in_the_way_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        write(TinyWorld(), [], tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_disk_trouble_with_its_path(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(DiskError, match=str(tmp_path)):
        write(TinyWorld(), [], tmp_path / "out")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_folder_that_cannot_be_made_is_disk_trouble_with_its_path() -> None:
    with pytest.raises(DiskError, match="/proc/sbdk-out"):
        write(TinyWorld(), [], Path("/proc/sbdk-out"))


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_no_room_for_the_file_is_disk_trouble_and_leaves_nothing(tmp_path: Path, format: str) -> None:
    """A limit on the size of files makes the same error come out of the same calls as a full disk."""
    write(TinyWorld(things=5), [], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        with pytest.raises(DiskError, match=f"{tmp_path}.*too large"):
            write(EventLikeWorld(things=200_000), [], tmp_path, format)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from support.export_worlds import TinyWorld
from sbdk.export import write

left = int(sys.argv[2])

def dying(call):
    def counted(*args, **options):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*args, **options)
    return counted

os.replace = dying(os.replace)
Path.unlink = dying(Path.unlink)
said = dying(lambda event: None)
write(TinyWorld(users=90, orders=70), [], Path(sys.argv[1]), "csv", batch_size=30, emit=said)
"""


def test_a_kill_at_any_step_leaves_whole_files_and_a_true_manifest(tmp_path: Path) -> None:
    """Steps: six batches, the manifest without the old entries, two old files, two new ones, the new manifest."""
    steps = 0
    while True:
        out = tmp_path / str(steps)
        write(TinyWorld(users=30, orders=20, events=10), [], out)
        ended = subprocess.run(
            [sys.executable, "-c", KILLED.format(tests=str(TESTS)), str(out), str(steps)], check=False
        )
        assert verify(out) == []
        assert "events" in read_manifest(out).tables
        for path in out.glob("*.parquet"):
            assert pq.read_table(path).num_rows in (30, 20, 10)
        for path in out.glob("*.csv"):
            assert path.read_text().count("person.") in (90, 70)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
        again = write(TinyWorld(users=90, orders=70), [], out, "csv")
        assert verify(out) == []
        assert {name: entry.rows for name, entry in again.tables.items()} == {"events": 10, "users": 90, "orders": 70}
        assert not list(out.glob(".sbdk*"))
        steps += 1
    assert steps == 12


def test_a_cell_is_where_the_manifest_says(tmp_path: Path) -> None:
    write(TinyWorld(things=50), [], tmp_path, "jsonl", rows=(20, 30))
    first = json.loads((tmp_path / "things.jsonl").read_text("utf-8").split("\n")[0])
    assert first["mail"] == row(20)["mail"]
