"""The landing folder: the same bytes whatever the split, the threads, the clock and the number of runs."""

from __future__ import annotations

import io
import json
import threading
from datetime import timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from sbdk.core.errors import DiskError, SourceError, UsageError
from sbdk.synth.dirt import dirt_of
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.streams import LandingSink, StdoutSink, landed_positions, producer, run_streams
from sbdk.synth.streams.landing import claim_landing
from support.emitting import START, TABLES, content, retail

WORLD = retail(42)
DIRT = dirt_of(WORLD, 42, {})
HOURS = 6


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    """What is emitted in the first hours, made in one piece without any sink."""
    end = WORLD.start + HOURS * 3_600_000_000
    return {t: "".join(Stream(WORLD, t, DIRT).between(WORLD.start, end).lines.to_pylist()).encode() for t in TABLES}


@pytest.mark.parametrize(("batches_per_file", "threads"), [(1, 1), (5, 3), (500, None)])
def test_the_same_bytes_for_any_split_and_threads(tmp_path, expected, batches_per_file, threads):
    sink = LandingSink(tmp_path)
    until = START + timedelta(hours=HOURS)
    result = run_streams(WORLD, DIRT, sink, until=until, batches_per_file=batches_per_file, threads=threads)
    assert {t: content(tmp_path, t) for t in TABLES} == expected
    assert result.positions == {t: expected[t].count(b"\n") for t in TABLES}
    assert result.until == until
    assert landed_positions(tmp_path, TABLES) == result.positions
    assert not list(tmp_path.rglob("*.part"))


def test_many_runs_go_on_where_the_last_one_stopped(tmp_path, expected):
    """Batches that are no divisor of an hour, other splits each time."""
    for batches, per_file in ((1, 1), (30, 7), (0, 1), (11, 12), (30, 4)):
        run_streams(WORLD, DIRT, LandingSink(tmp_path), batches=batches, batches_per_file=per_file)
    assert {t: content(tmp_path, t) for t in TABLES} == expected


class Clock(threading.Event):
    """The real clock, and the flag that a run sleeps on: who waits moves the time on, and nobody really waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._read = threading.local()
        self._moving = threading.Lock()

    def monotonic(self) -> float:
        self._read.last = self.now
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        with self._moving:
            self.now = max(self.now, self._read.last + timeout)
        return self.is_set()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(producer, "time", made)
    return made


def test_the_real_clock_changes_arrival_only(tmp_path, expected, clock):
    until = START + timedelta(hours=1)
    run_streams(WORLD, DIRT, LandingSink(tmp_path), until=until, clock="real", interval=30.0, stop=clock)
    assert clock.now == pytest.approx(30.0 * 11)
    assert len(list((tmp_path / "sales").glob("*.jsonl"))) == 12
    for table in TABLES:
        assert expected[table].startswith(content(tmp_path, table))


def test_a_rate_is_records_a_second_of_all_streams(tmp_path, clock):
    """On the average of a day: at night the stores are closed."""
    sink, small = LandingSink(tmp_path), retail(42, sales_per_batch=20)
    result = run_streams(small, DIRT, sink, batches=288, clock="real", rate=400, interval=0.5, stop=clock)
    assert 0.8 * 400 < sum(result.emitted.values()) / clock.now < 1.25 * 400


def test_files_that_were_taken_away_are_not_written_again(tmp_path):
    run_streams(WORLD, DIRT, LandingSink(tmp_path), batches=2)
    for path in tmp_path.rglob("*.jsonl"):
        path.unlink()
    result = run_streams(WORLD, DIRT, LandingSink(tmp_path), batches=1)
    first = min((tmp_path / "sales").glob("*.jsonl"))
    assert int(first.stem.partition("-")[0]) == result.positions["sales"] - result.emitted["sales"] > 900


def test_parquet_has_the_same_records_in_their_types(tmp_path, expected):
    run_streams(WORLD, DIRT, LandingSink(tmp_path, "parquet"), until=START + timedelta(hours=HOURS))
    files = sorted((tmp_path / "sales").glob("*.parquet"))
    rows = [row for path in files for row in pq.read_table(path).to_pylist()]
    lines = expected["sales"].decode().splitlines()
    assert len(rows) == len(lines)
    broken = 0
    for row, line in zip(rows, lines, strict=True):
        if row["_rescued_data"] is None:
            record = json.loads(line, parse_float=str)
            assert str(row["total_amount"]) == record.get("total_amount", "None")
            assert (
                row["event_time"] is None
                or row["event_time"].isoformat(timespec="microseconds") == record["event_time"]
            )
            assert row["transaction_id"] == record["transaction_id"]
        else:
            broken += 1
            assert row["_rescued_data"] == line or json.loads(row["_rescued_data"]).items() <= json.loads(line).items()
    assert broken > 5


def test_duckdb_reads_what_is_no_broken_line(tmp_path):
    run_streams(WORLD, DIRT, LandingSink(tmp_path), batches=24)
    files = f"read_json('{tmp_path}/sales/*.jsonl', ignore_errors = true, format = 'newline_delimited')"
    query = f"select count(*), count(distinct transaction_id) from {files}"
    count, distinct = duckdb.sql(query).fetchall()[0]
    sold = WORLD.tables["sales"].count(START + timedelta(hours=2))
    assert sold - 100 - sold / 200 < distinct <= sold  # less those on their way, and broken lines
    assert count >= distinct


def test_standard_output_says_stream_and_position(tmp_path):
    out = io.BytesIO()
    run_streams(WORLD, DIRT, StdoutSink(tmp_path / "state.json", out), batches=1)
    run_streams(WORLD, DIRT, StdoutSink(tmp_path / "state.json", out), batches=1)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for table in TABLES:
        own = [line for line in lines if line["stream"] == table]
        assert [line["position"] for line in own] == list(range(len(own)))
        records = Stream(WORLD, table, DIRT).records(0, len(own)).column("record").to_pylist() if own else []
        assert [line["record"] + "\n" for line in own] == records
    assert sum(line["stream"] == "sales" for line in lines) > 900


def test_a_sink_of_ones_own_gets_consecutive_chunks():
    class Memory:
        def __init__(self) -> None:
            self.positions: dict[str, int] = {}

        def position(self, stream: str) -> int:
            return self.positions.get(stream, 0)

        def encode(self, chunk: object) -> object:
            return None

        def write(self, chunk, encoded) -> None:
            assert chunk.start == self.position(chunk.stream.name)
            self.positions[chunk.stream.name] = chunk.stop

        def close(self) -> None:
            self.closed = True

    sink = Memory()
    result = run_streams(WORLD, DIRT, sink, batches=12, batches_per_file=2)
    assert sink.positions == result.positions
    assert sink.closed


def test_a_full_disk_is_said_and_nothing_half_written(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run_streams(WORLD, DIRT, LandingSink(tmp_path), batches=1)
    before = {t: content(tmp_path, t) for t in TABLES}
    monkeypatch.setattr("sbdk.core.files.os.replace", full)
    with pytest.raises(DiskError, match="No space left"):
        run_streams(WORLD, DIRT, LandingSink(tmp_path), batches=5)
    monkeypatch.undo()
    assert {t: content(tmp_path, t) for t in TABLES} == before


@pytest.mark.parametrize(
    "options", [{}, {"batches": 1, "clock": "wall"}, {"batches": 1, "clock": "real", "rate": 0}, {"batches": -1}]
)
def test_wrong_usage_is_refused(tmp_path, options):
    with pytest.raises(UsageError):
        run_streams(WORLD, DIRT, LandingSink(tmp_path), **options)


def test_files_of_an_older_version_of_the_data_are_not_gone_on_with(tmp_path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr("sbdk.datasets.retail.dataset.RULES_VERSION", 1)
        claim_landing(retail(42), 42, {}, tmp_path)
    with pytest.raises(SourceError, match="another version of the data") as caught:
        claim_landing(retail(42), 42, {}, tmp_path)
    assert "--full-refresh" in (caught.value.hint or "")
