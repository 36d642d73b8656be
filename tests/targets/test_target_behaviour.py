"""What every target promises about builds: private, published whole, kept, and brought back."""

from __future__ import annotations

from datetime import datetime

import pytest

from sbdk.core.errors import QueryError, SbdkError, Terminal, TransformError, UnknownName, UsageError
from sbdk.state.record import BuildContents, RecordDraft
from sbdk.targets.base import Target

KEPT = 5


def run(target: Target, run_id: str, *statements: str, empty: bool = False, clock: datetime | None = None) -> None:
    """Publish a build whose table `runs` has one row more, its run id."""
    build = target.begin(run_id, empty=empty)
    if clock:
        build.set_clock(clock)
    with build.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS runs (run_id VARCHAR)")
        connection.execute("INSERT INTO runs VALUES (?)", [run_id])
        for statement in statements:
            connection.execute(statement)
    target.publish(build, run_id, BuildContents(cursors={"by": run_id}))


def runs(target: Target) -> list[str]:
    with target.reader() as connection:
        return [row[0] for row in connection.rows("SELECT run_id FROM runs ORDER BY run_id")]


def test_before_the_first_publish_there_is_nothing(target):
    assert (target.exists(), target.current(), target.verify(), target.builds()) == (False, None, None, [])
    assert target.diagnose() == []
    assert target.failed() is None
    with pytest.raises(SbdkError):
        target.reader()
    with pytest.raises(UsageError):
        target.rollback()


def test_a_build_is_private_until_it_is_published(target):
    run(target, "r1")
    build = target.begin("r2")
    with build.connect() as connection:
        connection.execute("INSERT INTO runs VALUES ('r2')")
        assert runs(target) == ["r1"]
    assert runs(target) == ["r1"]
    target.publish(build, "r2", BuildContents())
    assert runs(target) == ["r1", "r2"]


def test_begin_copies_what_is_published(target):
    run(target, "r1", "CREATE SCHEMA raw", "CREATE TABLE raw.t (id INTEGER PRIMARY KEY)", "CREATE VIEW v AS FROM raw.t")
    build = target.begin("r2")
    assert (build.run_id, build.parent) == ("r2", "r1")
    with build.connect() as connection:
        assert connection.rows("SELECT run_id FROM runs") == [("r1",)]
        assert connection.rows("SELECT * FROM v") == []
        connection.execute("INSERT INTO raw.t VALUES (1)")
        with pytest.raises(QueryError):
            connection.execute("INSERT INTO raw.t VALUES (1)")


def test_an_empty_build_starts_from_nothing(target):
    run(target, "r1")
    build = target.begin("r2", empty=True)
    with build.connect() as connection:
        assert (build.parent, connection.tables()) == (None, [])
    run(target, "r3", empty=True)
    assert runs(target) == ["r3"]


def test_a_reader_keeps_the_state_that_it_opened(target):
    run(target, "r1")
    with target.reader() as first:
        run(target, "r2")
        with target.reader() as second:
            run(target, "r3", "DROP TABLE runs")
            assert first.value("SELECT count(*) FROM runs") == 1
            assert second.value("SELECT count(*) FROM runs") == 2
    assert "runs" not in {table.name for table in tables_of(target)}


def tables_of(target):
    with target.reader() as connection:
        return connection.tables()


def test_a_reader_changes_nothing(target):
    run(target, "r1")
    with target.reader() as connection, pytest.raises(QueryError, match="read-only"):
        connection.execute("INSERT INTO runs VALUES ('x')")
    assert runs(target) == ["r1"]


def test_a_publish_that_is_refused_leaves_all_as_it_was(target):
    run(target, "r1", clock=datetime(2026, 1, 1))
    build = target.begin("r2")
    build.set_clock(datetime(2026, 1, 2))
    with build.connect() as connection:
        connection.execute("CREATE TABLE t (i INTEGER)")
        connection.execute("CREATE VIEW broken AS SELECT i FROM t")
        connection.execute("DROP TABLE t")
    with pytest.raises(TransformError, match=r"main\.broken"):
        target.publish(build, "r2", BuildContents())
    assert (target.current().run_id, target.current().clock) == ("r1", datetime(2026, 1, 1))
    assert [build.run_id for build in target.builds()] == ["r1"]
    assert runs(target) == ["r1"]


def test_a_build_that_is_open_is_not_published(target):
    build = target.begin("r1")
    connection = build.connect()
    with pytest.raises(Terminal, match="open"):
        target.publish(build, "r1", BuildContents())
    assert target.current() is None
    connection.close()
    target.publish(build, "r1", BuildContents())
    assert target.current().run_id == "r1"


def test_the_record_and_the_clock_are_published_with_the_tables(target):
    run(target, "r1", clock=datetime(2026, 3, 1, 12))
    current = target.verify()
    assert (current.run_id, current.record.cursors, current.clock) == ("r1", {"by": "r1"}, datetime(2026, 3, 1, 12))
    assert current.current
    run(target, "r2")
    assert target.current().clock == datetime(2026, 3, 1, 12), "a run that leaves the clock alone keeps it"
    build = target.begin("r3")
    assert build.clock() == datetime(2026, 3, 1, 12)
    build.set_clock(datetime(2026, 3, 2))
    assert target.current().clock == datetime(2026, 3, 1, 12), "the clock goes live with publish"


def test_a_published_state_names_its_run(target):
    run(target, "r1")
    with target.reader() as connection:
        assert connection.rows("SELECT run_id FROM _sbdk.build") == [("r1",)]


def test_rollback_brings_back_tables_clock_and_record(target):
    run(target, "r1", clock=datetime(2026, 1, 1))
    run(target, "r2", "CREATE TABLE more AS SELECT 1 AS i", clock=datetime(2026, 1, 2))
    assert target.rollback_target().run_id == "r1"
    back = target.rollback()
    assert (back.run_id, back.clock, back.record.cursors, back.current) == (
        "r1",
        datetime(2026, 1, 1),
        {"by": "r1"},
        True,
    )
    assert target.current() == back
    assert runs(target) == ["r1"]
    assert {table.name for table in tables_of(target)} == {"runs", "build", "clock"}
    assert target.rollback("r2").run_id == "r2"
    assert runs(target) == ["r1", "r2"]


def test_rollback_of_what_was_not_kept_is_refused(target):
    run(target, "r1")
    with pytest.raises(UnknownName) as caught:
        target.rollback("r9")
    assert "r1" in caught.value.hint
    with pytest.raises(UsageError, match="no earlier build"):
        target.rollback()
    assert target.current().run_id == "r1"


def test_a_run_after_a_rollback_goes_on_from_there(target):
    run(target, "r1")
    run(target, "r2")
    target.rollback("r1")
    run(target, "r3")
    assert runs(target) == ["r1", "r3"]
    assert target.rollback_target().run_id == "r1", "the one before is the one it was made from"


def test_the_last_builds_are_kept(target):
    for number in range(KEPT + 2):
        run(target, f"r{number}")
    kept = [build.run_id for build in target.builds()]
    assert kept == [f"r{number}" for number in range(2, KEPT + 2)]
    assert [build.current for build in target.builds()] == [False] * (KEPT - 1) + [True]
    with pytest.raises(UnknownName):
        target.rollback("r1")
    assert target.rollback("r2").run_id == "r2"
    assert target.builds()[-1].run_id == "r2", "publication counts, not the run id"


def test_a_run_id_is_published_once(target):
    run(target, "r1")
    build = target.begin("r1")
    with pytest.raises(Terminal, match="r1"):
        target.publish(build, "r1", BuildContents())
    assert runs(target) == ["r1"]


def test_a_failed_build_is_kept_and_resumed(target):
    run(target, "r1")
    build = target.begin("r2")
    with build.connect() as connection:
        connection.execute("INSERT INTO runs VALUES ('r2')")
    target.keep_failed(build, "r2", "check", RecordDraft(cursors={"by": "r2"}))
    kept, note = target.failed()
    assert (kept.run_id, kept.parent) == ("r2", "r1")
    assert (note.run_id, note.stage, note.draft.cursors) == ("r2", "check", {"by": "r2"})
    resumed = target.resume(kept)
    assert target.failed() is None, "a run that is killed now is not taken up again"
    target.publish(resumed, "r3", BuildContents())
    assert runs(target) == ["r1", "r2"]


def test_a_failed_build_of_an_older_state_is_not_taken_up(target):
    run(target, "r1")
    run(target, "r2")
    target.keep_failed(target.begin("r3"), "r3", "check", RecordDraft())
    assert target.failed() is not None
    target.rollback()
    assert target.failed() is None


def test_the_next_run_removes_a_build_that_was_left(target):
    run(target, "r1")
    left = target.begin("r2")
    with left.connect() as connection:
        connection.execute("INSERT INTO runs VALUES ('left')")
    run(target, "r3")
    assert runs(target) == ["r1", "r3"]
    with pytest.raises(SbdkError):
        target.publish(left, "r2", BuildContents())
    assert target.current().run_id == "r3"
    target.keep_failed(target.begin("r4"), "r4", "check", RecordDraft())
    target.clear_build()
    assert target.failed() is None


def test_the_stamp_changes_with_every_publish(target):
    stamps = [target.stamp()]
    run(target, "r1")
    stamps.append(target.stamp())
    assert target.stamp() == stamps[-1]
    run(target, "r2")
    stamps.append(target.stamp())
    target.rollback()
    stamps.append(target.stamp())
    assert len(set(stamps)) == 4


def test_two_builds_are_compared(target):
    run(target, "r1", "CREATE TABLE t AS SELECT 1 AS id, 'a' AS name", "CREATE TABLE gone AS SELECT 1 AS i")
    run(target, "r2", "INSERT INTO t VALUES (2, 'b')", "UPDATE t SET name = 'c' WHERE id = 1", "DROP TABLE gone")
    before, after = target.builds()
    found = target.diff(before, after, {"main.t": ("id",)})
    assert (found.before, found.after, found.same) == ("r1", "r2", False)
    changed = {table.name: table for table in found.tables}
    assert {name: table.status for name, table in changed.items()} == {
        "main.t": "changed", "main.gone": "removed", "main.runs": "changed"
    }  # fmt: skip
    rows = changed["main.t"].rows
    assert (rows.before, rows.after, rows.added, rows.removed, rows.changed) == (1, 2, 1, 0, 1)
    assert rows.columns == {"name": 1}
    with pytest.raises(UsageError):
        target.diff(after, after)


def test_chosen_tables_are_copied_into_an_empty_build_with_their_constraints(target):
    statements = (
        "CREATE SCHEMA history",
        "CREATE TABLE history.t (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL DEFAULT 'x')",
        "INSERT INTO history.t VALUES (1, 'a')",
        "CREATE VIEW history.v AS FROM history.t",
    )
    run(target, "r1", *statements)
    build = target.begin("r2", empty=True)
    assert target.copy_tables(build, lambda table: table.schema == "history") == [("history", "t")]
    with build.connect() as connection:
        assert [table.full_name for table in connection.tables()] == ["history.t"]
        with pytest.raises(QueryError):
            connection.execute("INSERT INTO history.t VALUES (1, 'b')")
        connection.execute("INSERT INTO history.t (id) VALUES (2)")
        assert connection.rows("FROM history.t ORDER BY id") == [(1, "a"), (2, "x")]
    assert target.copy_tables(build, lambda table: True) == [("main", "runs")]
    assert runs(target) == ["r1"]


def test_a_name_is_found_in_any_schema_unless_several_have_it(target):
    statements = [f"CREATE SCHEMA {name}" for name in ("a", "b", "quarantine")]
    statements += [f"CREATE TABLE quarantine.{name} AS SELECT 'rejected' AS n" for name in ("two", "three")]
    statements += ["CREATE TABLE a.one AS SELECT 1 AS n", "CREATE TABLE b.one AS SELECT 2 AS n"]
    statements += ["CREATE TABLE b.two AS SELECT 3 AS n", "CREATE TABLE b.runs AS SELECT 'no' AS run_id"]
    run(target, "r1", *statements)
    assert target.query("FROM two").to_pylist() == [{"n": 3}]
    assert target.query("FROM three").to_pylist() == [{"n": "rejected"}]
    assert target.query("FROM runs").to_pylist() == [{"run_id": "r1"}]
    assert target.query("SELECT x.n FROM a.one AS x").to_pylist() == [{"n": 1}]
    assert target.query("WITH one AS (SELECT 9 AS n) FROM one").to_pylist() == [{"n": 9}]
    for sql in ("FROM one", "SELECT * FROM two, one", "SELECT * FROM two JOIN one USING (n) -- one"):
        with pytest.raises(QueryError, match="one is in the schemas a and b"):
            target.query(sql)
