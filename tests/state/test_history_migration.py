"""The history of runs: files of before it had versions are brought up to date, files of later ones are refused."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from sbdk.core.errors import NewerFormat
from sbdk.state.history import MIGRATIONS, History, StageRecord

FORMER = Path(__file__).parent.parent / "data" / "project_a7cdfd0.tar.xz"


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture
def former(tmp_path: Path) -> History:
    """As the version before left it."""
    with tarfile.open(FORMER) as archive:
        file = archive.extractfile("shop/.sbdk/history.sqlite")
        assert file is not None
        (tmp_path / "history.sqlite").write_bytes(file.read())
    return History(tmp_path)


def test_a_new_history_has_the_present_version(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.start_run("sbdk dev")
    assert version(history.path) == len(MIGRATIONS)


def test_the_runs_of_an_unversioned_file_are_all_there(former: History) -> None:
    assert version(former.path) == 0
    runs = former.runs()
    assert version(former.path) == len(MIGRATIONS)
    assert [run.status for run in runs] == ["failed", "success", "success", "success", "success", "success"]
    assert runs[0].error is not None
    assert runs[0].error["code"] == "check"
    last = former.run(runs[0].run_id)
    assert last is not None
    assert [(stage.name, stage.status) for stage in last.stages][-1] == ("check", "failed")


def test_it_can_be_written_afterwards(former: History) -> None:
    run_id = former.start_run("sbdk dev")
    former.finish_run(run_id, "success", seconds=1.0, stages=[StageRecord("load", "success", 0.5)])
    assert former.runs()[0].run_id == run_id
    assert len(former.runs()) == 7


def test_a_later_version_is_refused_and_left_as_it_is(former: History) -> None:
    later = len(MIGRATIONS) + 1
    with closing(sqlite3.connect(former.path)) as database:
        database.execute(f"PRAGMA user_version = {later}")
    for use in (former.runs, lambda: former.start_run("sbdk dev")):
        with pytest.raises(NewerFormat, match=f"format {later}.*up to {len(MIGRATIONS)}") as caught:
            use()
        assert "upgrade sbdk" in str(caught.value.hint)
    assert version(former.path) == later
    assert not (former.path.parent / "aside").exists(), "what is newer is not damaged"


def test_a_file_that_another_process_begins_is_shared(tmp_path: Path) -> None:
    first, second = History(tmp_path), History(tmp_path)
    ids = [first.start_run("a"), second.start_run("b")]
    assert sorted(run.run_id for run in first.runs()) == sorted(ids)
