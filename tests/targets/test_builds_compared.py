"""`sbdk diff`: what changed, against counts known from the statements that made the change."""

from __future__ import annotations

import pytest

from sbdk.core.errors import UsageError
from sbdk.targets.duckdb.diff import diff


def compared(project, before, after):
    project.run("r0", sql=before)
    project.run("r1", sql=after)
    return {table.name: table for table in diff(*project.warehouse.builds()).tables}


def test_rows_are_matched_by_a_unique_first_column(project):
    tables = compared(
        project,
        ("CREATE TABLE t AS SELECT range AS id, range % 7 AS k, 'x' AS s FROM range(1000)",),
        ("UPDATE t SET k = 99 WHERE id < 10", "DELETE FROM t WHERE id = 500", "INSERT INTO t VALUES (-1, 0, NULL)"),
    )
    rows = tables["main.t"].rows
    assert (rows.added, rows.removed, rows.changed) == (1, 1, 10)
    assert (rows.key, rows.columns) == (("id",), {"k": 10})


def test_rows_without_a_key_are_compared_as_bags(project):
    tables = compared(
        project,
        ("CREATE TABLE bag AS SELECT range % 10 AS x FROM range(100)",),
        ("INSERT INTO bag VALUES (3), (3)", "DELETE FROM bag WHERE x = 4"),
    )
    rows = tables["main.bag"].rows
    assert (rows.before, rows.after, rows.added, rows.removed, rows.changed) == (100, 92, 2, 10, None)


def test_tables_and_columns_that_come_go_and_change_their_type(project):
    tables = compared(
        project,
        ("CREATE TABLE gone (i INTEGER)", "CREATE TABLE t AS SELECT 1 AS id, 'abc' AS a, 2 AS b"),
        (
            "DROP TABLE gone",
            "CREATE TABLE come AS SELECT 1 AS z",
            "CREATE OR REPLACE TABLE t AS SELECT 1 AS id, 5 AS a, 3 AS c",
        ),
    )
    assert tables["main.gone"].status == "removed"
    assert (tables["main.come"].status, tables["main.come"].rows_after) == ("added", 1)
    assert tables["main.t"].columns_added == {"c": "INTEGER"}
    assert tables["main.t"].columns_removed == {"b": "INTEGER"}
    assert tables["main.t"].retyped == {"a": ("VARCHAR", "INTEGER")}
    assert tables["main.t"].rows.columns == {"a": 1}


def test_names_that_need_quoting_and_null_against_null(project):
    odd = 'CREATE TABLE "o""d.d" AS SELECT 1 AS "k0", NULL::INTEGER AS "v 0", 5 AS "a"".b"'
    tables = compared(project, (odd,), ('UPDATE "o""d.d" SET "a"".b" = 6',))
    assert tables['main.o"d.d'].rows.columns == {'a".b': 1}


def test_what_is_the_same_is_called_the_same(project):
    tables = compared(project, ("CREATE TABLE t AS SELECT 1 AS a",), ())
    assert tables["main.t"].status == "same"
    assert tables["main.left_rows"].status == "changed"
    assert not any(name.startswith("_sbdk") for name in tables)


def test_a_build_is_not_compared_with_itself(project):
    project.run("r0")
    with pytest.raises(UsageError):
        diff(project.warehouse.current(), project.warehouse.current())
