"""`sbdk score`, `sbdk stream` and `sbdk truth`, as a user calls them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from support.shops import Shop, command_environment

STREAMS = ("stores", "customers", "products", "sales")


@pytest.fixture
def graded(retail_built_once):
    """A retail project after its first run; not to be changed."""
    return retail_built_once


@pytest.fixture
def fresh(retail_once, tmp_path):
    """A retail project of one's own, never run."""
    return retail_once.copy(tmp_path / "apparel")


def without_returns(shop: Shop, folder: Path) -> Path:
    """A copy of what was published whose returns are gone."""
    path = Path(shutil.copy(shop.published, folder / "copy.duckdb"))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create or replace view silver.returns_transactions as select 0 as transaction_id where false"
        )
    return path


def test_the_shipped_pipeline_has_full_marks_schema_drift_included(graded):
    answer = graded.sbdk("score", "--json", "--fail-under", "100")
    assert answer.code == 0, answer
    card = answer.object
    assert list(card) == [
        "score", "grade", "coverage", "findings", "uncovered", "notes", "defects", "leakage", "false_quarantine",
        "scd2", "windows", "conservation",
    ]  # fmt: skip
    assert (card["coverage"], card["findings"], card["uncovered"], card["notes"]) == (100, [], [], [])
    assert (card["score"], card["grade"], card["leakage"], card["false_quarantine"]) == (100, "A+", 0, 0)
    assert list(card["defects"][0]) == [
        "table", "defect", "planted", "found", "precision", "recall", "f1", "repair_accuracy"
    ]  # fmt: skip
    assert ("sales", "schema_drift") in {(one["table"], one["defect"]) for one in card["defects"]}
    assert {one["table"]: one["wrong"] for one in card["scd2"]}["customers"] == 0
    assert card["windows"]["wrong"] == 0
    assert all(one["holds"] for one in card["conservation"])


def test_a_broken_warehouse_is_named_and_fails_under(graded, tmp_path):
    broken = without_returns(graded, tmp_path)
    answer = graded.sbdk("score", "--database", str(broken), "--fail-under", "99", "--html", str(tmp_path / "r.html"))
    assert answer.code == 1
    assert "silver.returns_transactions: " in answer.out
    assert "return: 0 of" in (tmp_path / "r.html").read_text()
    told = graded.sbdk("score", "--database", str(broken), "--json")
    assert told.code == 0
    assert next(one for one in told.object["defects"] if one["defect"] == "return")["recall"] == 0
    finding = next(one for one in told.object["findings"] if one["cause"].startswith("missing: "))
    assert list(finding) == ["table", "column", "rows", "example", "cause", "points"]
    assert (finding["table"], finding["column"]) == ("silver.returns_transactions", None)
    assert finding["points"] >= 3
    with duckdb.connect(str(graded.published), read_only=True) as connection:
        ids = connection.sql("select transaction_id from silver.returns_transactions order by 1").fetchall()
    assert finding["rows"] == len(ids)
    assert finding["example"] == {"key": {"transaction_id": str(ids[0][0])}, "right": None, "found": None}


def test_how_much_was_received_is_not_the_pipeline_s_word(graded, tmp_path):
    """A copy in which every table is that of the first hundred sales alone, bronze included."""
    path = Path(shutil.copy(graded.published, tmp_path / "copy.duckdb"))
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from bronze.sales where source_position >= 100")
        connection.execute("delete from raw.raw_sales where source_position >= 100")
        for name in ("sales_transactions", "returns_transactions", "held_sales", "late_sales"):
            connection.execute(f"create temp table kept as from silver.{name} where source_position < 100")
            connection.execute(f"drop view silver.{name}")
            connection.execute(f"create table silver.{name} as from kept")
            connection.execute("drop table kept")
    card = graded.sbdk("score", "--database", str(path), "--json").object
    assert card["score"] <= 70
    lost = {one["table"]: one["rows"] for one in card["findings"] if one["cause"].startswith("missing: ")}
    assert lost["silver.sales_transactions"] > 100


@pytest.mark.parametrize("limit", ["-0.1", "100.1", "nan", "inf", "many"])
def test_a_limit_outside_of_the_scale_is_wrong_usage(graded, tmp_path, limit):
    answer = graded.sbdk("score", "--json", "--fail-under", limit, "--html", str(tmp_path / "r.html"))
    assert answer.code == 2
    assert answer.object["error"]["code"] == "usage"
    assert not (tmp_path / "r.html").exists()


def test_what_is_graded_is_what_was_loaded_not_what_has_landed_since(graded, tmp_path):
    shop = graded.copy(tmp_path / "apparel")
    assert shop.sbdk("stream", "--batches", "30").code == 0
    assert shop.sbdk("score", "--fail-under", "100").code == 0
    shop.dev()
    assert shop.sbdk("score", "--fail-under", "100").code == 0


def test_a_mapping_that_names_no_table_is_refused(graded, tmp_path):
    shop = graded.copy(tmp_path / "apparel")
    shop.configure(score={"tables": {"sales": "silver.sales_transaction"}})
    answer = shop.sbdk("score", "--json")
    assert answer.code == 2
    error = answer.object["error"]
    assert error["code"] == "config"
    assert "score.tables.sales" in error["message"]
    assert "silver.sales_transactions" in error["hint"]
    shop.configure(score={"tables": {"sale": "silver.sales"}})
    assert shop.sbdk("score").code == 2


def test_another_seed_is_another_truth(graded, tmp_path):
    shop = graded.copy(tmp_path / "apparel")
    shop.configure(seed=43)
    for command in (["score"], ["stream", "--batches", "1"]):
        answer = shop.sbdk(*command, "--json")
        assert (answer.code, answer.object["error"]["code"]) == (1, "source")


def test_there_must_be_streams_and_something_published(tiny, fresh, tmp_path):
    answer = tiny.sbdk("score")
    assert (answer.code, "has an answer key" in answer.err) == (2, True)
    assert (fresh.sbdk("score").code, fresh.sbdk("score", "--database", str(tmp_path / "none")).code) == (2, 2)
    assert tiny.sbdk("stream", "--batches", "1").code == 2
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    assert fresh.sbdk("score", "--database", str(tmp_path / "empty.duckdb")).code == 2
    (tmp_path / "garbage.duckdb").write_bytes(b"x" * 5000)
    garbage = fresh.sbdk("score", "--json", "--database", str(tmp_path / "garbage.duckdb"))
    assert (garbage.code, "error" in garbage.object) == (1, True)


def test_the_answer_key_is_about_what_has_landed(fresh, tmp_path):
    emitted = fresh.sbdk("stream", "--batches", "12", "--json").object["emitted"]
    answer = fresh.sbdk("truth", "--out", str(tmp_path / "key"), "--json")
    assert answer.object["records"] == emitted
    files = {path.stem for path in (tmp_path / "key").glob("*.parquet")}
    dimensions = {f"scd{kind}_{table}" for kind in (1, 2) for table in STREAMS[:-1]}
    assert files == {"defects", "buckets", "windows", *dimensions}
    assert pq.read_table(tmp_path / "key" / "buckets.parquet").num_rows == sum(emitted.values())
    assert fresh.sbdk("truth", "--out", str(fresh.path / "sbdk_config.json")).code == 2


def landed(folder: Path) -> dict[str, list[str]]:
    """The lines of each stream."""
    return {
        stream: [line for path in sorted((folder / stream).glob("*.jsonl")) for line in path.read_text().splitlines()]
        for stream in STREAMS
    }


def test_streams_go_on_where_they_stopped_and_stdout_has_the_same(fresh):
    for _ in range(3):
        last = fresh.sbdk("stream", "--batches", "4", "--json").object
    assert last["until"] == "2026-01-01T01:00:00"
    whole = landed(fresh.path / "landing")
    assert last["positions"] == {stream: len(lines) for stream, lines in whole.items()}
    parts: dict[str, list[str]] = {stream: [] for stream in STREAMS}
    for until in ("2026-01-01T00:25", "2026-01-01T02:00+01:00"):
        answer = fresh.sbdk("stream", "--sink", "stdout", "--until", until)
        assert answer.code == 0, answer
        for line in map(json.loads, answer.out.splitlines()):
            assert line["position"] == len(parts[line["stream"]])
            parts[line["stream"]].append(line["record"])
    assert parts == whole


def test_parquet_has_the_same_records(fresh):
    told = fresh.sbdk("stream", "--batches", "3", "--format", "parquet", "--json").object
    for stream, emitted in told["emitted"].items():
        files = (fresh.path / "landing" / stream).glob("*.parquet")
        assert sum(pq.read_metadata(path).num_rows for path in files) == emitted


def test_on_a_terminal_a_live_stream_shows_how_far_it_is(fresh):
    import pexpect

    command = ["-m", "sbdk", "stream", "--rate", "400/s", "--interval", "0.2"]
    terminal = pexpect.spawn(
        sys.executable, command, cwd=fresh.path, env=command_environment(TERM="xterm"), dimensions=(40, 120), timeout=60
    )
    terminal.expect(r"\d+ records up to 2026-01-01 0\d:\d\d")
    terminal.sendintr()
    terminal.expect("records written")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rate", "fast"],
        ["--rate", "-5/s"],
        ["--rate", "0"],
        ["--rate", "5/fortnight"],
        ["--interval", "0", "--batches", "1"],
        ["--batches", "0"],
        ["--until", "tomorrow"],
        ["--sink", "kafka", "--batches", "1"],
        ["--format", "csv", "--batches", "1"],
        ["--sink", "stdout", "--json", "--batches", "1"],
        ["--sink", "stdout", "--format", "parquet", "--batches", "1"],
    ],
)
def test_wrong_usage_of_stream_writes_nothing(fresh, wrong):
    answer = fresh.sbdk("stream", *wrong)
    assert answer.code == 2, answer
    assert not (fresh.path / "landing").exists()


def test_ctrl_c_ends_a_live_stream_and_tells_what_is_there(fresh):
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk", "stream", "--rate", "400/s", "--interval", "0.2", "--json"],
        cwd=fresh.path, env=command_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list((fresh.path / "landing" / "sales").glob("*.jsonl"))) < 3:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    whole = landed(fresh.path / "landing")
    written = sum(map(len, whole.values()))
    assert f"{written:,} records written" in json.loads(out)["error"]["hint"]
    assert not list((fresh.path / "landing").rglob("*.part"))
    again = fresh.sbdk("stream", "--batches", "1", "--json").object
    assert again["positions"] == {stream: len(lines) for stream, lines in landed(fresh.path / "landing").items()}
    assert again["emitted"]["sales"] == again["positions"]["sales"] - len(whole["sales"])
