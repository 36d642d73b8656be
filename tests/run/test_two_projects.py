"""Two projects in one process, one after the other or at once, give what two processes give, and leave nothing behind.

The projects hold files of the same names everywhere: pipelines, their helper module, plugins, data sets, resources.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk import Project
from sbdk.core.imports import UserModules
from sbdk.run.options import Interval, RunOptions, parse_interval

CONFIG = {"datasets": ["made.yml"], "start_date": "2026-01-01", "end_date": "2026-02-01"}

DATASET = """
name: made
tables:
  dice:
    rows: 50
    key: id
    columns:
      id: {generator: sequence}
      face: {generator: dice}
"""

PLUGIN = """
from sbdk.synth.declared import generator
import odds

@generator("dice")
def dice(rows):
    return [odds.BASE + int(bits % 6) for bits in rows.bits()]
"""

HELPER = """
import os
import threading
import sbdk

NAME = {name!r}
CALLS = []

def where():
    return os.environ["WHERE"]

def found(pattern):
    CALLS.append(pattern)
    return [path.read_text() for path in sbdk.local_files(pattern)]
"""

PIPELINE = """
import functools
import os
from datetime import UTC, datetime

import dlt
import helper
import sbdk
from helper import NAME

AT_IMPORT = helper.where()
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SCHEDULED = dlt.current.interval() is not None  # dlt raises if it is asked to join a schedule and there is none


def named(function):
    @functools.wraps(function)
    def call(*arguments, **named):
        yield from function(*arguments, **named)
    return call


@dlt.resource(name="dice")
@named
def dice():
    yield from sbdk.rows("dice")


@dlt.resource(name="seen", write_disposition="replace")
def seen(greeting=dlt.config.value, password=dlt.secrets.value):
    import late
    print("printed by", NAME)
    yield {{"name": NAME, "late": late.NAME, "where": helper.where(), "at_import": AT_IMPORT, "greeting": greeting,
           "password": password, "in_a_child": os.popen("echo $WHERE").read().strip()}}


@dlt.resource(name="moments", write_disposition="append")
def moments(at=dlt.sources.incremental("at", initial_value=FIRST, allow_external_schedulers=SCHEDULED)):
    yield [{{"at": datetime(2026, 1, day, tzinfo=UTC), "name": NAME}} for day in range(1, 29)]


def texts(table):
    @dlt.resource(name=table, write_disposition="replace")
    def read():
        yield [{{"text": text}} for text in helper.found("input/*.txt")]
    return read


@dlt.source
def files():
    return [texts("one"), texts("two")]
"""

COUNTED = """
import dlt
import helper


@dlt.resource(name="first", write_disposition="replace")
def first():
    yield [{"text": text} for text in helper.found("input/*.txt")]


def copy(table):
    @dlt.resource(name=table, write_disposition="replace")
    def read():
        yield [{"text": text} for text in helper.found("input/*.txt")]
    return read


second, third = copy("second"), copy("third")
"""


def make(root: Path, name: str, seed: int) -> Path:
    files = {
        "sbdk_config.json": json.dumps({"project": name, "seed": seed, **CONFIG}),
        "made.yml": DATASET,
        "plugins/dice.py": PLUGIN,
        "plugins/odds.py": f"BASE = {seed}\n",
        "pipelines/things.py": PIPELINE.format(),
        "pipelines/counted.py": COUNTED,
        "pipelines/_late.py": "",
        "pipelines/helper/__init__.py": HELPER.format(name=name),
        "pipelines/late/__init__.py": f"NAME = {name!r}\n",
        ".env": f"WHERE=in {name}\nPASSWORD=secret of {name}\n",
        ".dlt/config.toml": f'greeting = "hello {name}"\n',
        "input/a.txt": f"text of {name}",
        "dbt/.gitkeep": "",
    }
    for path, text in files.items():
        (root / name / path).parent.mkdir(parents=True, exist_ok=True)
        (root / name / path).write_text(text)
    (root / name / ".env").chmod(0o600)
    return root / name


INTERVAL = parse_interval("2026-01-10", "2026-01-20")


def pair(root: Path) -> list[tuple[Path, list[Interval | None]]]:
    """The projects, and the runs of each: whole ones, and of one project ten days once more."""
    return [(make(root, "east", 7), [None, INTERVAL, None]), (make(root, "west", 70), [None, None])]


def run(path: Path, intervals: list[Interval | None]) -> None:
    for interval in intervals:
        options = RunOptions(pipelines_only=True, interval=interval)
        result = Project(path).run(options, command=["sbdk", "dev", "--password", "hunter2secret"])
        assert result.status == "success", result.error


def outcome(path: Path) -> dict[str, Any]:
    """Rows of every table, and what was recorded of the pipelines and the command."""
    project = Project(path)
    published = project.published()
    with duckdb.connect(str(project.loaded.published), read_only=True) as connection:
        tables = ["dice", "seen", "moments", "one", "two", "first", "second", "third"]
        columns = {name: "* EXCLUDE (_dlt_id, _dlt_load_id)" if name != "dice" else "*" for name in tables}
        rows = {name: sorted(connection.sql(f"SELECT {columns[name]} FROM raw.{name}").fetchall()) for name in tables}

    history = sqlite3.connect(path / ".sbdk" / "history.sqlite")
    commands = [row[0] for row in history.execute("SELECT command FROM runs")]
    history.close()
    pipelines = {
        name: {key: value for key, value in facts.items() if key != "files"}
        for name, facts in published.facts["pipelines"].items()
    }
    return {"rows": rows, "pipelines": pipelines, "commands": commands}


def state() -> dict[str, Any]:
    """What a process has only once. Libraries that a run imports for the first time may add finders and filters of
    their own; none may be ours."""
    ours = ("sbdk_pipelines", "sbdk_plugin", "sbdk_dataset", "helper", "late", "odds")
    return {
        "environment": dict(os.environ),
        "path": list(sys.path),
        "modules": sorted(name for name in sys.modules if name.startswith(ours)),
        "finders": [finder for finder in sys.meta_path if isinstance(finder, UserModules)],
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "folder": Path.cwd(),
        "stdout": sys.stdout,
        "warnings": warnings.showwarning,
        "log": (logging.getLogger("dlt").handlers, logging.getLogger("dlt").propagate),
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two processes give."""
    root = tmp_path_factory.mktemp("apart")
    found = []
    for path, intervals in pair(root):
        for interval in intervals:
            dates = ["--from", "2026-01-10", "--to", "2026-01-20"] if interval else []
            command = [sys.executable, "-m", "sbdk", "dev", "--pipelines-only", "--json", *dates]
            done = subprocess.run(command, cwd=path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done
            json.loads(done.stdout)
            assert "printed by" in done.stderr
        found.append(outcome(path))
    return found


def without_commands(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in each.items() if key != "commands"} for each in outcomes]


def test_apart_each_project_has_its_own(expected: list[dict[str, Any]]) -> None:
    """The ground of the comparison, in words of its own."""
    for found, name, seed in zip(expected, ["east", "west"], [7, 70], strict=True):
        assert {face for _, face in found["rows"]["dice"]} <= set(range(seed, seed + 6))
        (row,) = found["rows"]["seen"]
        assert set(row) == {name, f"in {name}", f"hello {name}", f"secret of {name}"}
        assert found["rows"]["one"] == found["rows"]["two"] == [(f"text of {name}",)]
        assert found["pipelines"]["things.py"]["synthetic"] == ["dice"]
        assert found["pipelines"]["things.py"]["patterns"] == ["input/*.txt"]
    east, west = (found["rows"]["moments"] for found in expected)
    assert [at.day for at, _ in west] == list(range(1, 29))
    assert [at.day for at, _ in east] == sorted([*range(1, 29), *range(10, 20)])


def test_several_resources_of_one_function_are_known_one_by_one(expected: list[dict[str, Any]]) -> None:
    assert [found["pipelines"]["counted.py"]["kind"] for found in expected] == ["files", "files"]


def test_one_after_the_other_gives_the_same_and_leaves_nothing(
    tmp_path: Path, expected: list[dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    projects, before = pair(tmp_path), state()
    for path, intervals in projects:
        run(path, intervals)
    assert state() == before
    assert without_commands([outcome(path) for path, _ in projects]) == without_commands(expected)
    assert capfd.readouterr().out == ""
    for path, _ in projects:
        assert set(outcome(path)["commands"]) == {"sbdk dev --password ***"}


def test_two_threads_at_once_give_the_same_and_leave_nothing(tmp_path: Path, expected: list[dict[str, Any]]) -> None:
    projects, before, errors = pair(tmp_path), state(), []
    start = threading.Barrier(2)

    def work(path: Path, intervals: list[Interval | None]) -> None:
        try:
            start.wait()
            run(path, intervals)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=each) for each in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert state() == before
    assert without_commands([outcome(path) for path, _ in projects]) == without_commands(expected)
