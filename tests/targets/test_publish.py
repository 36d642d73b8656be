"""A build becomes the published file whole, or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import datetime

import duckdb
import pytest

from sbdk.core.errors import Terminal, TransformError
from sbdk.state.record import BuildContents, RecordDraft
from sbdk.targets.duckdb.target import DuckDBTarget
from support.warehouse_oracle import rows, sha


def test_nothing_is_published_before_the_first_run(project):
    assert project.warehouse.current() is None
    assert project.warehouse.builds() == []
    assert project.warehouse.diagnose() == []


def test_runs_add_to_what_was_published(project):
    for number in range(3):
        project.run(f"r{number}")
    assert rows(project.published) == [0, 1, 2]


def test_an_empty_build_starts_from_nothing(project):
    project.run("r0")
    project.run("r1")
    project.run("r2", empty=True)
    assert rows(project.published) == [0]


def test_the_published_file_stands_alone(project):
    """No log, no temporary file, nothing hidden beside it; DuckDB opens it and finds the run id inside."""
    project.run("r0")
    assert os.listdir(project.published.parent) == ["dev.duckdb"]
    assert not (project.state / "build").exists()
    with duckdb.connect(str(project.published), read_only=True) as connection:
        assert connection.execute("SELECT run_id FROM _sbdk.build").fetchall() == [("r0",)]


def test_the_manifest_describes_the_file(project):
    project.run("r0")
    current = project.warehouse.current()
    assert current.record.artifact.sha256 == sha(project.published)
    assert current.size == project.published.stat().st_size
    assert current.record.datasets == {"by": "test"}
    assert current.record.artifact.engine == duckdb.__version__
    assert str(project.root) not in (project.state / "builds/r0/manifest.json").read_text()


def test_the_clock_is_published_with_the_data(project):
    build = project.warehouse.begin("r0")
    build.set_clock(datetime(2026, 3, 1))
    assert project.warehouse.current() is None
    project.warehouse.publish(build, "r0", BuildContents())
    assert project.warehouse.current().clock == datetime(2026, 3, 1)
    project.run("r1")
    assert project.warehouse.current().clock == datetime(2026, 3, 1), "a run that leaves the clock alone keeps it"


def test_the_last_five_builds_are_kept(project):
    for number in range(8):
        project.run(f"r{number}")
    assert sorted(os.listdir(project.state / "builds")) == ["r3", "r4", "r5", "r6", "r7"]
    assert [build.run_id for build in project.warehouse.builds()] == ["r3", "r4", "r5", "r6", "r7"]
    for build in project.warehouse.builds():
        assert rows(build.path) == list(range(int(build.run_id[1]) + 1))


def test_two_targets_share_a_state_folder_without_harm(project):
    other = DuckDBTarget(project.root / "data" / "prod.duckdb", project.state)
    project.run("r0")
    for number in range(1, 8):
        other.publish(other.begin(f"r{number}"), f"r{number}", BuildContents())
    assert project.warehouse.verify().run_id == "r0"
    assert len(other.builds()) == 5
    assert [build.run_id for build in project.warehouse.builds()] == ["r0"]


def test_a_moved_project_goes_on(project, make_project):
    project.run("r0")
    project.run("r1")
    moved = make_project("elsewhere")
    shutil.copytree(project.root, moved.root)
    shutil.rmtree(project.root)
    for path in moved.root.rglob("*"):
        os.utime(path, (0, 0))
    moved.run("r2")
    assert rows(moved.published) == [0, 1, 2]
    assert moved.warehouse.rollback().run_id == "r1"


def test_a_broken_view_is_not_published(project):
    project.run("r0", sql=("CREATE TABLE base AS SELECT 1 AS a", "CREATE VIEW over_base AS SELECT a FROM base"))
    before = sha(project.published)
    with pytest.raises(TransformError, match="over_base"):
        project.run("r1", sql=("ALTER TABLE base RENAME COLUMN a TO b",))
    assert sha(project.published) == before
    project.run("r2", sql=("DROP VIEW over_base",))
    assert rows(project.published) == [0, 1]


def test_a_view_that_stores_the_files_name_works_and_is_pointed_out(project):
    pivot = "CREATE VIEW wide AS PIVOT (SELECT n % 2 AS k, n FROM left_rows) ON k IN (0, 1) USING sum(n)"
    project.run("r0", sql=(pivot, "CREATE VIEW named AS SELECT * FROM dev.main.left_rows"))
    with duckdb.connect(str(project.published), read_only=True) as connection:
        assert connection.execute("SELECT * FROM named").fetchall() == [(0,)]
        assert len(connection.execute("SELECT * FROM wide").fetchall()) == 1


def test_a_run_id_is_published_once(project):
    project.run("r0")
    before = sha(project.published)
    with pytest.raises(Terminal, match="already"):
        project.run("r0")
    assert project.warehouse.verify().run_id == "r0"
    assert sha(project.published) == before


def test_a_build_that_is_still_open_is_not_published(project):
    build = project.warehouse.begin("r0")
    left_open = build.connect()
    left_open.execute("CREATE TABLE t (i INTEGER)")
    with pytest.raises(Terminal):
        project.warehouse.publish(build, "r0", BuildContents())
    left_open.close()
    assert not project.published.exists()
    project.warehouse.publish(build, "r0", BuildContents())
    assert project.warehouse.verify().run_id == "r0"


def test_permissions_given_to_the_published_file_are_passed_on(project):
    project.run("r0")
    project.published.chmod(0o640)
    project.run("r1")
    assert stat.S_IMODE(project.published.stat().st_mode) == 0o640


def test_a_published_file_on_another_file_system(project, tmp_path):
    other = "/dev/shm"
    if not os.path.isdir(other) or os.stat(other).st_dev == os.stat(tmp_path).st_dev:
        pytest.skip("there is no second file system at /dev/shm")
    folder = f"{other}/sbdk-test-{os.getpid()}"
    os.mkdir(folder)
    try:
        (project.root).mkdir()
        (project.root / "data").symlink_to(folder)
        for number in range(3):
            project.run(f"r{number}")
        assert rows(project.published) == [0, 1, 2]
        assert os.listdir(folder) == ["dev.duckdb"]
        assert project.warehouse.rollback().run_id == "r1"
    finally:
        shutil.rmtree(folder)


def test_a_failed_build_can_be_resumed_once(project):
    project.run("r0")
    build = project.warehouse.begin("r1")
    project.warehouse.keep_failed(build, "r1b", "transform", RecordDraft(loads=True))
    found, failed = project.warehouse.failed()
    assert (found.run_id, found.path, found.parent) == ("r1", build.path, "r0")
    assert (failed.run_id, failed.stage, failed.draft) == ("r1b", "transform", RecordDraft(loads=True))
    project.warehouse.resume(found)
    assert project.warehouse.failed() is None, "a retry that is killed leaves nothing to retry"
    project.warehouse.publish(found, "r2", BuildContents())
    assert project.warehouse.current().run_id == "r2"


@pytest.mark.parametrize("since", ["run", "rollback", "begin"])
def test_a_failed_build_is_dropped_by_whatever_comes_next(project, since):
    project.run("r0")
    project.run("r1")
    project.warehouse.keep_failed(project.warehouse.begin("r2"), "r2", "load", RecordDraft())
    assert project.warehouse.failed() is not None
    if since == "run":
        project.run("r3")
    elif since == "rollback":
        project.warehouse.rollback()
    else:
        project.warehouse.begin("r3")
    assert project.warehouse.failed() is None


def test_a_killed_build_is_never_offered_for_retry(project):
    project.run("r0")
    project.warehouse.begin("r1")
    assert project.warehouse.failed() is None


def test_the_working_copy_is_renewed_and_independent(project):
    project.run("r0")
    before = sha(project.published)
    copy = project.warehouse.working_copy(project.state / "dbt")
    with duckdb.connect(str(copy)) as connection:
        connection.execute("INSERT INTO left_rows VALUES (99)")
    assert sha(project.published) == before
    copy.with_name(copy.name + ".wal").write_bytes(b"a log that a killed dbt left")
    assert sha(project.warehouse.working_copy(project.state / "dbt")) == before
    assert os.listdir(copy.parent) == [copy.name]
