"""`sbdk query`: one statement that reads, and reaches nothing but the published file."""

from __future__ import annotations

import os

import pytest

from sbdk.core.errors import QueryError, QueryForbidden, QueryTimeout
from sbdk.targets.duckdb.query import run_query
from support.warehouse_oracle import sha


@pytest.fixture
def published(project):
    project.run("r0", sql=("CREATE TABLE t AS SELECT range AS i, range % 3 AS k FROM range(10)",))
    return project.published


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT * FROM t", 10),
        ("select 1;", 1),
        ("FROM t LIMIT 3", 3),
        ("VALUES (1), (2)", 2),
        ("WITH a AS (SELECT 1) SELECT * FROM a", 1),
        ("DESCRIBE t", 2),
        ("SUMMARIZE t", 2),
        ("SHOW TABLES", 3),
        ("EXPLAIN SELECT 1", 1),
        ("EXPLAIN ANALYZE SELECT 1", 1),
        ("PIVOT t ON k USING count(*) GROUP BY i", 10),
        ("PRAGMA table_info('t')", 2),
        ("-- a comment\nPRAGMA version;", 1),
    ],
)
def test_what_reads_is_answered(published, sql, count):
    assert run_query(published, sql).num_rows == count


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "COPY t TO '{folder}/out.csv'",
        "EXPLAIN ANALYZE COPY t TO '{published}'",
        "EXPLAIN (ANALYZE) COPY t TO '{published}'",
        "EXPLAIN ANALYZE CREATE TABLE memory.main.x (i INTEGER)",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '1GB'",
        "RESET memory_limit",
        "PRAGMA memory_limit = '1GB'",
        "PRAGMA enable_profiling",
        "IMPORT DATABASE '{folder}'",
        "EXPORT DATABASE '{folder}/out'",
        "CALL force_checkpoint()",
        "CREATE TABLE x (i INTEGER)",
        "CREATE TEMP TABLE x (i INTEGER)",
        "INSERT INTO t VALUES (1, 1)",
        "DELETE FROM t",
        "DROP TABLE t",
        "USE memory",
        "DETACH dev",
        "BEGIN",
        "PREPARE a AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE t",
    ],
)
def test_what_writes_or_reaches_outside_is_refused(published, tmp_path, sql):
    before = sha(published)
    with pytest.raises(QueryForbidden) as caught:
        run_query(published, sql.format(folder=tmp_path, published=published))
    assert caught.value.code == "sql_forbidden"
    assert caught.value.exit_code == 1
    assert sha(published) == before
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("sql", ["", "  ", ";", "-- nothing"])
def test_no_statement_at_all(published, sql):
    with pytest.raises(QueryError, match="no SQL"):
        run_query(published, sql)


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT nope FROM t", "SELECT\n  *\nFROM nope", "SELECT 'a'::INT"])
def test_wrong_sql_keeps_duckdbs_message_and_the_line_it_points_at(published, sql):
    with pytest.raises(QueryError) as caught:
        run_query(published, sql)
    assert "Error: " in caught.value.message
    assert "Traceback" not in caught.value.message
    assert "LINE" in caught.value.message


def test_a_query_without_end_is_stopped_and_the_next_one_works(published):
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3"
    with pytest.raises(QueryTimeout):
        run_query(published, endless, max_seconds=0.3)
    assert run_query(published, "SELECT 1").num_rows == 1


def test_a_query_leaves_nothing_beside_the_published_file(published):
    run_query(published, "SELECT * FROM t ORDER BY k")
    assert os.listdir(published.parent) == ["dev.duckdb"]
