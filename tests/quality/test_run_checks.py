"""A check is a query: rows returned are failures. It counts them all, keeps some and changes nothing."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.core.errors import DiskError, QueryError
from sbdk.core.json_text import as_json
from sbdk.quality import keep_rows, run_checks
from sbdk.spec.checks import Check


@pytest.fixture
def run(connection, tmp_path):
    connection.execute("CREATE TABLE t AS SELECT range AS i, range % 2 = 0 AS even FROM range(10)")
    connection.execute("CREATE SEQUENCE numbers")

    def one(sql: str, severity: str = "error", cap: int = 3):
        check = Check("rule", sql, severity, Path("checks/rule.sql"), "why")  # type: ignore[arg-type]
        (result,) = run_checks(connection, [check], keep=tmp_path / "failures", cap=cap)
        return result

    return one


def test_no_rows_is_a_pass_and_leaves_no_file(run, tmp_path):
    result = run("SELECT * FROM t WHERE i < 0")
    assert (result.status, result.failures, result.kept, result.sample) == ("pass", 0, None, [])
    assert not (tmp_path / "failures").exists()


@pytest.mark.parametrize(("severity", "status"), [("error", "fail"), ("warn", "warn")])
def test_rows_fail_by_severity(run, severity, status):
    result = run("SELECT i FROM t WHERE i >= 8 ORDER BY i", severity)
    assert (result.status, result.failures) == (status, 2)
    assert result.sample == [{"i": 8}, {"i": 9}]
    assert result.kept.read_text() == '{"i": 8}\n{"i": 9}\n'
    assert result.as_dict()["kept"] == str(result.kept)
    assert (result.file, result.description) == (Path("checks/rule.sql"), "why")


@pytest.mark.parametrize(("cap", "kept"), [(0, 0), (1, 1), (9, 9), (10, 10), (11, 10)])
def test_all_failures_are_counted_when_few_are_kept(run, cap, kept):
    result = run("SELECT i FROM t", cap=cap)
    assert result.failures == 10
    assert (len(result.kept.read_text().splitlines()) if result.kept else 0) == kept


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT i FROM t;",
        "-- why\nSELECT i FROM t -- all",
        "SELECT i FROM t ; -- the end;",
        "/* ; */ SELECT i FROM t ;; /* ; */",
        "(SELECT i FROM t)",
        "FROM t SELECT i",
        "WITH x AS (SELECT i FROM t) SELECT * FROM x",
        "SELECT i FROM t WHERE 'ü;' = 'ü;' ; -- ü",
    ],
)
def test_any_spelling_of_one_query(run, sql):
    assert run(sql).failures == 10


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELEC i FROM t", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere does not exist"),
        ("SELECT nothing FROM t", "nothing"),
        ("SELECT CAST('x' AS INTEGER)", "Could not convert"),
        ("SELECT error('boom')", "boom"),
        ("", "0 statements"),
        ("-- only a comment", "0 statements"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT * FROM {{ ref('t') }}", "syntax error"),
        ("SELECT $x", "parameters"),
        ("SELECT ?", "parameters"),
        ("SELECT * FROM sql", "sql does not exist"),  # a Python variable in scope, not a table
    ],
)
@pytest.mark.parametrize("severity", ["error", "warn"])
def test_a_query_that_cannot_run_is_an_error_with_duckdbs_words(run, sql, words, severity):
    result = run(sql, severity)
    assert (result.status, result.failures) == ("error", 0)
    assert words in result.message
    assert result.file == Path("checks/rule.sql")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM t",
        "INSERT INTO t VALUES (99, true)",
        "UPDATE t SET i = 0",
        "DROP TABLE t",
        "CREATE TABLE u AS SELECT 1",
        "CREATE TEMP TABLE u AS SELECT 1",
        "SET threads = 1",
        "ATTACH ':memory:' AS other",
        "COPY t TO 'out.csv'",
        "INSTALL spatial",
        "PRAGMA database_list",
        "COMMIT",
        "COMMIT; DROP TABLE t",
        "SELECT 1; DROP TABLE t",
        "SELECT nextval('numbers')",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "WITH made AS (INSERT INTO t VALUES (99, true) RETURNING *) SELECT * FROM made",
        "EXPLAIN ANALYZE DELETE FROM t",
    ],
)
def test_a_check_cannot_change_anything(run, connection, sql):
    before = connection.execute("SELECT * FROM t ORDER BY i").fetchall()
    assert run(sql).status == "error"
    assert connection.execute("SELECT * FROM t ORDER BY i").fetchall() == before
    assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("t",)]
    assert connection.execute("SELECT nextval('numbers')").fetchall() == [(1,)]


def test_a_broken_check_does_not_stop_the_next(connection, tmp_path):
    checks = [
        Check("broken", "SELEC", "error", Path("broken.sql")),
        Check("late", "SELECT error('late') FROM range(3)", "error", Path("late.sql")),
        Check("good", "SELECT 1", "warn", Path("good.sql")),
    ]
    statuses = [result.status for result in run_checks(connection, checks, keep=tmp_path)]
    assert statuses == ["error", "error", "warn"]
    connection.execute("CREATE TABLE still_writable (i INTEGER)")


def test_values_and_names_that_look_like_sql_are_only_values_and_names(connection, tmp_path):
    """Rows 79 and 80 of the bad inputs."""
    value, column = "x'); DROP TABLE t; --", 'a"; DROP TABLE t; --'
    connection.execute('CREATE TABLE t ("a""; DROP TABLE t; --" VARCHAR)')
    connection.execute("INSERT INTO t VALUES (?)", [value])
    kept = keep_rows(connection, "SELECT * FROM t", tmp_path / "rows.jsonl")
    assert kept.sample == [{column: value}]
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(1,)]


def test_kept_rows_hold_what_was_there(connection, tmp_path):
    sql = """SELECT 0.1::DECIMAL(38, 20) AS d, 170141183460469231731687303715884105727::HUGEINT AS h,
        'nan'::DOUBLE AS n, '-inf'::FLOAT AS f, 1.5 AS x, TIMESTAMP '2026-01-02 03:04:05.000006' AS t,
        DATE '2026-01-02' AS day,
        TIMESTAMPTZ '290000-01-01 00:00:00+00' AS far, [1, NULL] AS l, {'a': TIME '01:02:03'} AS s, '\\xAA'::BLOB AS b,
        'ü"' AS u, true AS y, NULL AS z, 1 AS z"""
    (sample,) = keep_rows(connection, sql, tmp_path / "x.jsonl").sample
    assert sample == {
        "d": 0.1,
        "h": 2**127 - 1,
        "n": None,
        "f": None,
        "x": 1.5,
        "t": "2026-01-02T03:04:05.000006",
        "day": "2026-01-02",
        "far": "290000-01-01 00:00:00+00",
        "l": [1, None],
        "s": {"a": "01:02:03"},
        "b": "aa",
        "u": 'ü"',
        "y": True,
        "z": None,
        "z_2": 1,
    }
    assert '"d": 0.10000000000000000000,' in (tmp_path / "x.jsonl").read_text()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_the_standard_library_reads_back_what_is_written(value):
    assert json.loads(as_json(value)) == value


def test_decimals_and_times_are_exact():
    assert as_json(Decimal("1E-20")) == "0.00000000000000000001"
    assert as_json(Decimal("12345678901234567890.10")) == "12345678901234567890.10"
    assert as_json([datetime(2026, 1, 1), date(2026, 1, 1)]) == '["2026-01-01T00:00:00", "2026-01-01"]'


def test_rows_that_cannot_be_kept_are_a_disk_trouble(connection, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="cannot be kept"):
        keep_rows(connection, "SELECT 1", tmp_path / "file" / "x.jsonl")


def test_a_later_run_replaces_what_was_kept(connection, tmp_path):
    path = tmp_path / "x.jsonl"
    keep_rows(connection, "SELECT range AS i FROM range(3)", path)
    keep_rows(connection, "SELECT 7 AS i", path)
    assert path.read_text() == '{"i": 7}\n'
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.jsonl"]


def test_keep_rows_raises_its_own_errors(connection, tmp_path):
    with pytest.raises(QueryError, match="DELETE"):
        keep_rows(connection, "DELETE FROM t", tmp_path / "x")
    with pytest.raises(QueryError, match="nowhere"):
        keep_rows(connection, "SELECT * FROM nowhere", tmp_path / "x")


def test_checks_run_on_a_file_that_is_attached_read_only_and_locked(connection, tmp_path):
    """As on the published file: `sbdk check`."""
    with duckdb.connect(str(tmp_path / "dev.duckdb")) as writer:
        writer.execute("CREATE SCHEMA raw; CREATE TABLE raw.t AS SELECT 1 AS i")
    connection.execute(f"ATTACH '{tmp_path / 'dev.duckdb'}' AS published (READ_ONLY); USE published")
    connection.execute("SET lock_configuration = true")
    assert keep_rows(connection, "SELECT * FROM raw.t", tmp_path / "x.jsonl").failures == 1
    with pytest.raises(QueryError):
        keep_rows(connection, "WITH gone AS (DELETE FROM raw.t RETURNING *) SELECT * FROM gone", tmp_path / "x.jsonl")
    assert connection.execute("SELECT count(*) FROM raw.t").fetchall() == [(1,)]
