"""A kill or an error at any step of a merge leaves table and log as they were, in whoever's transaction it is."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.cdc import ChangeError, apply_changes_into
from sbdk.core.failpoints import FailpointReached
from support.changes_oracle import Rules, table
from support.feeds import arrow, event, options, rows

FIRST = [event(1, 1, "upsert", ("a", 1)), event(2, 3, "upsert", ("b", 1)), event(1, 5, "delete", ("a", 1))]
SECOND = [event(1, 3, "upsert", ("c", 2)), event(3, 9, "upsert", ("a", None)), event(2, 9, "upsert", ("b", 2))]
STEPS = ["feed", "replaced", "log", "after", "delete", "insert", "forget", "keep_seeds", "keep_horizon", "counts"]
CREATING = ["create_log", "describe", "create_target"]
IN_CI = {"log", "insert"}
RULE = Rules(2)
CHILD = """
import pickle, sys
import duckdb
from sbdk.cdc import apply_changes_into
path, feed, options = pickle.load(sys.stdin.buffer)
apply_changes_into(duckdb.connect(path), "kept", feed, **options)
"""


def stored(path: Path) -> list[list[Any]]:
    with duckdb.connect(str(path)) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        return [connection.execute(f"select rowid, * from {name} order by 1").fetchall() for (name,) in names]


def merge(path: Path, feed: list[Any]) -> list[Any]:
    with duckdb.connect(str(path)) as connection:
        apply_changes_into(connection, "kept", arrow(feed), **options(RULE), lateness=6)
        return rows(connection.sql("from kept").to_arrow_table())


@pytest.mark.parametrize(
    "step", [pytest.param(s, marks=() if s in IN_CI else pytest.mark.faults) for s in [*CREATING, *STEPS]]
)
def test_a_kill_after_any_step_leaves_table_and_log(tmp_path: Path, step: str) -> None:
    path = tmp_path / "kept.duckdb"
    if step not in CREATING:
        merge(path, FIRST)
    before = stored(path)
    told = pickle.dumps((str(path), arrow(SECOND), options(RULE) | {"lateness": 6}))
    environment = {**os.environ, "SBDK_TEST": "1", "SBDK_FAILPOINT": f"changes_{step}:kill"}
    child = subprocess.run([sys.executable, "-c", CHILD], input=told, env=environment, check=False)
    assert child.returncode == -signal.SIGKILL
    assert stored(path) == before
    assert merge(path, SECOND) == table(([] if step in CREATING else FIRST) + SECOND, RULE)


@pytest.mark.parametrize("step", [*CREATING, *STEPS])
def test_an_error_after_any_step_leaves_table_and_log(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.duckdb"
    if step not in CREATING:
        merge(path, FIRST)
    before = stored(path)
    with monkeypatch.context() as patched, duckdb.connect(str(path)) as connection:
        patched.setenv("SBDK_TEST", "1")
        patched.setenv("SBDK_FAILPOINT", f"changes_{step}:raise")
        with pytest.raises(FailpointReached):
            apply_changes_into(connection, "kept", arrow(SECOND), **options(RULE), lateness=6)
        left = connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
        assert left == []
    assert stored(path) == before


def test_a_merge_joins_the_transaction_of_the_caller(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("begin")
        apply_changes_into(connection, "kept", arrow(FIRST), **options(RULE))
        apply_changes_into(connection, "other", arrow(SECOND), **options(RULE))
        connection.execute("rollback")
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == []
        connection.execute("begin")
        apply_changes_into(connection, "kept", arrow(FIRST), **options(RULE))
        connection.execute("commit")
        connection.execute("begin")
        with pytest.raises(ChangeError, match="cannot be applied"):
            apply_changes_into(connection, "kept", arrow(SECOND), **(options(RULE) | {"apply_as_deletes": "op ="}))
        connection.execute("rollback")
        assert rows(connection.sql("from kept").to_arrow_table()) == table(FIRST, RULE)


def test_tables_in_other_schemas_and_databases(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'other.duckdb'}' as other; create schema other.\"a.b\"")
        apply_changes_into(connection, 'other."a.b"."the ""table"""', arrow(FIRST), **options(RULE))
        made = connection.sql('from other."a.b"."the ""table"""').to_arrow_table()
        assert rows(made) == table(FIRST, RULE)
        again = apply_changes_into(connection, 'OTHER."A.B"."The ""Table"""', arrow(FIRST), **options(RULE))
        assert again.duplicates == len(FIRST), "case is ignored, as everywhere in SQL"
        with pytest.raises(ChangeError, match="cannot be applied"):
            apply_changes_into(connection, "nowhere.kept", arrow(FIRST), **options(RULE))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_the_winner_of_a_tie_does_not_depend_on_the_order(order: list[int]) -> None:
    """A delete beats an upsert; of two upserts the greater in column order wins, null being smallest."""
    rivals = [event(1, 1, "upsert", (None, 2)), event(1, 1, "upsert", ("a", None)), event(1, 1, "upsert", ("a", 1))]
    rivals += [event(2, 1, "delete", ("z", 9)), event(2, 1, "upsert", ("z", 9)), event(3, 1, "upsert", ("b", 1))]
    with duckdb.connect() as connection:
        counts = [
            apply_changes_into(connection, "kept", arrow([rivals[i], rivals[i + 3]]), **options(RULE)) for i in order
        ]
        assert rows(connection.sql("from kept").to_arrow_table()) == [(1, "a", 1, 1, None), (3, "b", 1, 1, None)]
        assert sum(count.ties for count in counts) == 3
        assert sum(count.duplicates for count in counts) == 0


def test_a_merge_leaves_no_working_tables() -> None:
    with duckdb.connect() as connection:
        told = options(Rules(2, scd_type=1), truncates=True) | {"lateness": 3}
        apply_changes_into(connection, "kept", arrow(FIRST).to_reader(), **told)
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        views = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        assert (names, views) == ([("kept",), ("kept__log",)], [])
