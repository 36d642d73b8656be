"""What every target promises about its sessions: catalogue, parameters, Arrow, errors, limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from sbdk.core.errors import QueryError, QueryForbidden, QueryTimeout
from sbdk.state.record import BuildContents
from sbdk.targets.base import ColumnInfo, Target

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3"


@pytest.fixture
def published(target: Target) -> Target:
    build = target.begin("r1")
    with build.connect() as connection:
        for statement in (
            "CREATE SCHEMA raw",
            'CREATE TABLE raw."odd "" name" (id INTEGER PRIMARY KEY, "a b" VARCHAR, amount DECIMAL(12, 2) NOT NULL)',
            """INSERT INTO raw."odd "" name" VALUES (1, 'x', 1.50), (2, NULL, 2.25)""",
            'CREATE VIEW marts AS SELECT id, amount FROM raw."odd "" name"',
            "CREATE TABLE numbers AS SELECT range AS n FROM range(1000)",
        ):
            connection.execute(statement)
    target.publish(build, "r1", BuildContents())
    return target


def test_tables_lists_tables_and_views_with_their_columns(published):
    with published.reader() as connection:
        found = [table for table in connection.tables() if table.schema != "_sbdk"]
        assert [(table.schema, table.name, table.kind) for table in found] == [
            ("main", "marts", "view"), ("main", "numbers", "table"), ("raw", 'odd " name', "table")
        ]  # fmt: skip
        odd = found[-1]
        assert odd.full_name == 'raw.odd " name'
        assert odd.columns == (
            ColumnInfo("id", "INTEGER", False),
            ColumnInfo("a b", "VARCHAR", True),
            ColumnInfo("amount", "DECIMAL(12,2)", False),
        )
        assert [column.name for column in found[0].columns] == ["id", "amount"]
        assert connection.tables("raw") == [odd]
        assert connection.tables("nowhere") == []


def test_temporary_tables_are_not_listed(published):
    with published.reader() as connection:
        before = connection.tables()
        connection.execute("CREATE TEMP TABLE mine AS SELECT 1 AS i")
        assert connection.tables() == before


def test_columns_of_one_table_and_of_none(published):
    with published.reader() as connection:
        assert [column.name for column in connection.columns('odd " name', "raw")] == ["id", "a b", "amount"]
        assert [column.name for column in connection.columns("marts")] == ["id", "amount"]
        assert connection.columns("marts", "raw") == []
        assert connection.columns("nowhere") == []


def test_a_build_lists_what_it_made(target):
    with target.begin("r1").connect() as connection:
        assert connection.tables() == []
        connection.execute("CREATE SCHEMA s")
        connection.execute("CREATE TABLE s.t (i INTEGER)")
        assert [table.full_name for table in connection.tables()] == ["s.t"]


def test_parameters_are_values_never_sql(published):
    with published.reader() as connection:
        evil = "'; DROP TABLE numbers; --"
        assert connection.rows("SELECT ?, ?::INTEGER + 1", [evil, 41]) == [(evil, 42)]
        assert connection.query("SELECT ? AS text", [evil]).to_pylist() == [{"text": evil}]
        assert connection.value("SELECT n FROM numbers WHERE n = ?", [7]) == 7


def test_value_is_none_without_a_row(published):
    with published.reader() as connection:
        assert connection.value("SELECT n FROM numbers WHERE n < 0") is None


def test_rows_are_python_values_without_loss(published):
    with published.reader() as connection:
        (row,) = connection.rows(
            "SELECT 170141183460469231731687303715884105727::HUGEINT, 0.1::DECIMAL(38, 20), DATE '2026-01-02', "
            "TIMESTAMP '2026-01-02 03:04:05.000006', NULL, [1, 2]"
        )
    assert row == (
        2**127 - 1, Decimal("0.1"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 6), None, [1, 2]
    )  # fmt: skip


def test_arrow_tables_come_back_with_the_same_types(published):
    given = pa.table(
        {
            "i": pa.array([1, None], pa.int32()),
            "f": pa.array([0.5, None]),
            "s": pa.array(["é", None]),
            "d": pa.array([Decimal("1.20"), None], pa.decimal128(10, 2)),
            "t": pa.array([datetime(2026, 1, 1, 1), None], pa.timestamp("us")),
            "z": pa.array([datetime(2026, 1, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "day": pa.array([date(2026, 1, 1), None]),
            "b": pa.array([True, None]),
            "l": pa.array([[1, 2], None], pa.list_(pa.int64())),
        }
    )
    with published.reader() as connection:
        connection.register("given", given)
        found = connection.query("SELECT * FROM given")
        assert found.schema.types == [
            pa.int32(), pa.float64(), pa.string(), pa.decimal128(10, 2), pa.timestamp("us"),
            pa.timestamp("us", "UTC"), pa.date32(), pa.bool_(), pa.list_(pa.int64()),
        ]  # fmt: skip
        assert found.to_pylist() == given.to_pylist()
        connection.unregister("given")
        assert connection.columns("given") == []


def test_batches_are_the_rows_piece_by_piece(published):
    with published.reader() as connection:
        pieces = list(connection.batches("SELECT n FROM numbers WHERE n >= ?", [10], rows=100))
    assert sum(piece.num_rows for piece in pieces) == 990
    assert sorted(n for piece in pieces for n in piece.column(0).to_pylist()) == list(range(10, 1000))


def test_query_can_be_cut(published):
    with published.reader() as connection:
        assert connection.query("SELECT n FROM numbers", limit=3).num_rows == 3


def test_select_counts_all_and_keeps_the_first(published):
    with published.reader() as connection:
        found = connection.select("-- a comment\nSELECT n, n + 1 AS next FROM numbers ORDER BY n; -- the end", 2)
        assert (found.columns, found.rows, found.total) == (["n", "next"], [(0, 1), (1, 2)], 1000)
        assert connection.select("SELECT 1 WHERE false", 5).total == 0


@pytest.mark.parametrize(
    "sql", ["", "SELECT 1; SELECT 2", "CREATE TABLE x (i INT)", "SELECT ?", "INSERT INTO t SELECT 1"]
)
def test_select_takes_one_query_that_only_reads(target, sql):
    with target.begin("r1").connect() as connection:
        connection.execute("CREATE TABLE t (i INTEGER)")
        with pytest.raises(QueryError):
            connection.select(sql, 5)
        assert connection.rows("SELECT * FROM t") == []


def test_select_cannot_write_even_through_a_query(target):
    with target.begin("r1").connect() as connection:
        connection.execute("CREATE SEQUENCE s")
        with pytest.raises(QueryError):
            connection.select("SELECT nextval('s')", 5)
        assert connection.value("SELECT nextval('s')") == 1


def test_wrong_sql_is_a_query_error_with_the_place(published):
    with published.reader() as connection:
        for run in (connection.query, connection.rows, connection.value, connection.execute, connection.batches):
            with pytest.raises(QueryError, match="nope"):
                run("SELECT nope FROM numbers")
        with pytest.raises(QueryError):
            connection.select("SELECT nope FROM numbers", 1)
        assert connection.value("SELECT count(*) FROM numbers") == 1000, "the session goes on"


def test_the_tables_that_a_query_reads(published):
    with published.reader() as connection:
        assert connection.source_tables("SELECT 1 FROM numbers, raw.x") == {"numbers", "raw.x"}
        assert connection.source_tables("not sql") == set()


def test_a_query_without_end_is_stopped_and_the_session_goes_on(published):
    with published.reader() as connection:
        with pytest.raises(QueryTimeout, match=r"0\.2 s"), connection.time_limit(0.2):
            connection.rows(ENDLESS)
        assert connection.value("SELECT 1") == 1


def test_a_cursor_reads_beside_its_session(published):
    if not published.capabilities.parallel_reads:
        pytest.skip("the target has one session at a time")
    with published.reader() as connection, connection.cursor() as second:
        assert second.value("SELECT 1") == connection.value("SELECT 1")


def test_python_variables_are_no_tables(published):
    given = pa.table({"i": [1]})
    with published.reader() as connection, pytest.raises(QueryError, match="given"):
        connection.rows("SELECT * FROM given")
    assert given.num_rows == 1


def test_a_users_query_reads_and_does_nothing_else(published, tmp_path):
    assert published.query("SELECT n FROM numbers ORDER BY n", max_rows=2)["n"].to_pylist() == [0, 1]
    assert published.query("DESCRIBE numbers").num_rows == 1
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for sql in (
        "CREATE TABLE x (i INTEGER)", "DROP TABLE numbers", "SELECT 1; SELECT 2", "SET threads = 1",
        f"SELECT * FROM read_csv('{tmp_path}/secret.csv')", f"COPY numbers TO '{tmp_path}/out.csv'",
    ):  # fmt: skip
        with pytest.raises(QueryForbidden):
            published.query(sql)
    with pytest.raises(QueryError, match="nope"):
        published.query("SELECT nope FROM numbers")
    with pytest.raises(QueryTimeout):
        published.query(ENDLESS, max_seconds=0.2)
    assert not (tmp_path / "out.csv").exists()


def test_several_queries_are_of_one_build(published):
    with published.queries() as query:
        assert query("SELECT count(*) AS n FROM numbers", None)["n"].to_pylist() == [1000]
        build = published.begin("r2")
        with build.connect() as connection:
            connection.execute("DELETE FROM numbers")
        published.publish(build, "r2", BuildContents())
        assert query("SELECT count(*) AS n FROM numbers", None)["n"].to_pylist() == [1000]
    assert published.query("SELECT count(*) AS n FROM numbers")["n"].to_pylist() == [0]


def test_the_sandbox_reaches_nothing_else(published, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with published.sandbox(max_seconds=30) as connection:
        connection.execute("CREATE TEMP TABLE sample AS SELECT * FROM numbers LIMIT 3")
        assert connection.value("SELECT count(*) FROM sample") == 3
        with pytest.raises(QueryForbidden):
            connection.rows(f"SELECT * FROM read_csv('{tmp_path}/secret.csv')")
