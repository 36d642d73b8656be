"""`sbdk query`: what DuckDB's types become, what is refused, and what a table leaves out."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys

import psutil
import pytest

from support.every_type import JSON as HARD
from support.every_type import SELECT, TEXTS
from support.hub import until
from support.shops import Shop, command_environment

FORBIDDEN = [
    "select * from read_text('/etc/passwd')", "copy (select 1) to 'x.csv'", "attach 'x.duckdb'", "install httpfs",
    "load httpfs", "set memory_limit = '1GB'", "drop table raw.things", "insert into raw.things values (1)",
    "select 1; select 2", "create table t (a int)", "pragma memory_limit='1GB'",
]  # fmt: skip
JSON = [
    ("1::hugeint", 1),
    ("170141183460469231731687303715884105727::hugeint", 170141183460469231731687303715884105727),
    ("sum(2::bigint)", 2),
    ("1.5::double", 1.5),
    ("'nan'::double", None),
    ("'infinity'::double", None),
    ("null", None),
    ("true", True),
    ("'x\"'';ü'", "x\"';ü"),
    ("timestamp '2026-01-02 03:04:05'", "2026-01-02T03:04:05"),
    ("timestamp_ns '2026-01-02 03:04:05.123456789'", "2026-01-02T03:04:05.123456789"),
    ("date '2026-01-02'", "2026-01-02"),
    ("date '290000-01-02'", "290000-01-02"),
    ("time '03:04:05'", "03:04:05"),
    ("interval '1 month 2 days'", "P1M2D"),
    ("[1, null, 2]", [1, None, 2]),
    ("{'a': 1, 'b': [true]}", {"a": 1, "b": [True]}),
    ("map {'k': 1}", {"k": 1}),
]


def test_every_type_as_json(tiny_built_once: Shop) -> None:
    columns = ", ".join(f"{expression} as c{index}" for index, (expression, _) in enumerate(JSON))
    (row,) = tiny_built_once.sbdk("query", f"select {columns}", "--format", "json").object
    assert list(row.values()) == [expected for _, expected in JSON]


def test_decimals_keep_their_digits(tiny_built_once: Shop) -> None:
    answer = tiny_built_once.sbdk("query", "select 12345678901234567.10::decimal(20, 2) as d", "--json")
    assert answer.out == '[{"d": 12345678901234567.10}]\n'


def test_a_repeated_name_loses_no_value(tiny_built_once: Shop) -> None:
    assert tiny_built_once.sbdk("query", "select 1 as a, 2 as a", "--json").object == [{"a": 1, "a_2": 2}]


def test_no_rows_is_an_empty_list(tiny_built_once: Shop) -> None:
    assert tiny_built_once.sbdk("query", "select 1 as a where false", "--json").object == []


def test_csv_guards_formulas_but_not_numbers(tiny_built_once: Shop) -> None:
    sql = "select '=1+1' as a, '+x', '-x', '@x', chr(9) || 'x', -5, -0.50::decimal(9, 2), null"
    printed = tiny_built_once.sbdk("query", sql, "--format", "csv").out
    assert list(csv.reader(io.StringIO(printed)))[1] == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "-5", "-0.50", ""]
    raw = tiny_built_once.sbdk("query", sql, "--format", "csv", "--raw").out
    assert next(iter(list(csv.reader(io.StringIO(raw)))[1])) == "=1+1"


def test_only_the_table_is_cut_and_says_so(tiny_built_once: Shop) -> None:
    sql = "select * from range(250)"
    table = tiny_built_once.sbdk("query", sql).out
    assert "the first 100 of 250 rows" in table
    assert "\n99\n" in table
    assert "\n100\n" not in table
    assert len(tiny_built_once.sbdk("query", sql, "--format", "csv").out.splitlines()) == 251


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_what_is_not_reading_is_refused(sql: str, tiny_built_once: Shop) -> None:
    before = tiny_built_once.published.read_bytes()
    answer = tiny_built_once.sbdk("query", sql, "--json")
    assert answer.code == 1
    assert answer.object["error"]["code"] == "sql_forbidden"
    assert tiny_built_once.published.read_bytes() == before


def test_wrong_sql_points_at_the_place(tiny_built_once: Shop) -> None:
    answer = tiny_built_once.sbdk("query", "select nothing from doubled")
    assert answer.code == 1
    assert "LINE 1: select nothing" in answer.err
    assert "Traceback" not in answer.err


def test_ctrl_c_ends_an_endless_query(tiny_built_once: Shop) -> None:
    sql = "select sum(a.range * b.range) from range(100000000) a, range(100000000) b"
    process = subprocess.Popen(
        [sys.executable, "-m", "sbdk", "query", sql], cwd=tiny_built_once.path, env=command_environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: psutil.Process(process.pid).cpu_times().user > 4)  # seconds: by far more than starting costs
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, "Traceback" in err) == ("", False)


def test_what_arrow_and_python_cannot_hold_is_printed(tiny_built_once: Shop) -> None:
    assert tiny_built_once.sbdk("query", SELECT, "--json").object == [HARD]
    head, row = csv.reader(io.StringIO(tiny_built_once.sbdk("query", SELECT, "-f", "csv").out, newline=""))
    assert {name: text for name, text in zip(head, row, strict=True) if isinstance(HARD[name], str)} == {
        name: value for name, value in HARD.items() if isinstance(value, str)
    }
    table = tiny_built_once.sbdk("query", SELECT).out.splitlines()[1].split("\t")
    assert table == [text.replace("\r", " ") for text in TEXTS]


def test_head_ends_it_quietly(tiny_built_once: Shop) -> None:
    for form in ("csv", "json"):
        sql = "select range as n, repeat('x', 200) as t from range(20000)"
        words = [sys.executable, "-m", "sbdk", "query", sql, "-f", form]
        process = subprocess.Popen(
            words, cwd=tiny_built_once.path, env=command_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == (b"", 0)
