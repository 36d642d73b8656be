"""Two projects in one process, one after the other or at once, give what two processes give; nothing stays behind."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sbdk.run.options import Interval
from support.shops import sbdk
from support.two_projects import (
    INTERVAL,
    changed,
    commands,
    in_threads,
    make,
    outcome,
    process_state,
    query,
    run,
    write,
)

Pair = list[tuple[Path, list[Interval | None]]]


def pair(root: Path) -> Pair:
    """The projects, and the runs of each: whole ones, and of one project ten days once more."""
    return [(make(root, "east", 7), [None, INTERVAL, None]), (make(root, "west", 70), [None])]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two processes give."""
    projects = pair(tmp_path_factory.mktemp("apart"))
    in_threads(*(partial(run_apart, path, intervals) for path, intervals in projects))
    return [outcome(path) for path, _ in projects]


def run_apart(path: Path, intervals: list[Interval | None]) -> None:
    for interval in intervals:
        dates = ["--from", "2026-01-10", "--to", "2026-01-20"] if interval else []
        done = sbdk("dev", "--pipelines-only", "--json", *dates, cwd=path)
        assert done.code == 0, done
        json.loads(done.out)
        assert "printed by" in done.err


@pytest.fixture(scope="module")
def _libraries_used(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What libraries leave in a process at their first use is there before anything is compared."""
    run(make(tmp_path_factory.mktemp("before"), "north", 1), None, INTERVAL)


def test_apart_each_project_has_its_own(expected: list[dict[str, Any]]) -> None:
    """The ground of the comparison, in words of its own."""
    for found, name, seed in zip(expected, ["east", "west"], [7, 70], strict=True):
        assert {face for _, face in found["rows"]["dice"]} <= set(range(seed, seed + 6))
        (row,) = found["rows"]["seen"]
        assert set(row) == {name, f"in {name}", f"hello {name}", f"secret of {name}"}
        assert found["rows"]["one"] == found["rows"]["two"] == [(f"text of {name}",)]
        assert found["pipelines"]["things.py"][2:] == (("dice",), (), ("input/*.txt",), ["input/a.txt"])
    east, west = (found["rows"]["moments"] for found in expected)
    assert [at.day for at, _ in west] == list(range(1, 29))
    assert [at.day for at, _ in east] == sorted([*range(1, 29), *range(10, 20)])


def test_several_resources_of_one_function_are_known_one_by_one(expected: list[dict[str, Any]]) -> None:
    assert [found["pipelines"]["counted.py"][1] for found in expected] == ["files", "files"]


@pytest.mark.usefixtures("_libraries_used")
def test_one_after_the_other_gives_the_same_and_leaves_nothing(
    tmp_path: Path,
    expected: list[dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["some-airflow", "--token", "4f9a1c77d2e8"])
    projects, before = pair(tmp_path), process_state()
    for path, intervals in projects:
        run(path, *intervals)
    assert changed(before, process_state()) == {}
    assert [outcome(path) for path, _ in projects] == expected
    assert capfd.readouterr().out == ""
    for path, _ in projects:
        assert commands(path) == {"sbdk dev --password ***"}
        written = [file for file in (path / ".sbdk").rglob("*") if file.is_file()]
        secrets = [file for file in written if any(text in file.read_bytes() for text in (b"4f9a1c77", b"hunter2"))]
        assert secrets == []


@pytest.mark.usefixtures("_libraries_used")
def test_two_threads_at_once_give_the_same_and_leave_nothing(tmp_path: Path, expected: list[dict[str, Any]]) -> None:
    projects, before = pair(tmp_path), process_state()
    in_threads(*(partial(run, path, *intervals) for path, intervals in projects))
    assert changed(before, process_state()) == {}
    assert [outcome(path) for path, _ in projects] == expected


SCHEDULED = """
from datetime import UTC, datetime
from pathlib import Path

import dlt

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = int((Path(__file__).parents[1] / "until.txt").read_text())


@dlt.resource(name="scheduled", write_disposition="append")
def scheduled(at=dlt.sources.incremental("at", initial_value=FIRST,
                                         allow_external_schedulers=dlt.current.interval() is not None)):
    limited = dlt.current.interval() is not None
    yield [{"at": datetime(2026, 1, day, tzinfo=UTC), "limited": limited} for day in range(1, UNTIL)]
"""


def test_an_interval_ends_with_its_run(tmp_path: Path) -> None:
    """The interval was once left in the environment, and each later run of the process loaded it again."""
    project, before = make(tmp_path, "south", 3, pipelines={"scheduled": SCHEDULED}), dict(os.environ)
    loaded = []
    for interval, until in [(None, 25), (INTERVAL, 25), (None, 29)]:
        write(project, {"until.txt": str(until)})
        run(project, interval)
        loaded.append(query(project, 'SELECT day("at"), limited FROM raw.scheduled'))
    first, again, later = ([(day, limited) for day in days] for days, limited in RUNS)
    assert loaded == [first, sorted(first + again), sorted(first + again + later)]
    assert dict(os.environ) == before


RUNS = [(range(1, 25), False), (range(10, 20), True), (range(25, 29), False)]
