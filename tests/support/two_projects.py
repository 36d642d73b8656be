"""Two projects whose files have the same names everywhere, and what a process has only once.

Pipelines, their helper module, plugins, data sets and resources of the projects have the same names; rows, settings and
secrets tell which project they come from.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import psutil

from sbdk import Project
from sbdk.run.options import Interval, RunOptions, parse_interval

INTERVAL = parse_interval("2026-01-10", "2026-01-20")

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
import sys
import sbdk

NAME = {name!r}
CALLS = []

def where():
    return os.environ["WHERE"]

def texts(pattern="input/*.txt"):
    CALLS.append(pattern)
    return [path.read_text() for path in sbdk.local_files(pattern)]

def meet(place):
    \"\"\"Wait for the other project, where a test wants that.\"\"\"
    meeting = sys.modules.get("support.meeting")
    if meeting is not None:
        meeting.meet(place, NAME)
"""

PIPELINE = """
import functools
import subprocess
from datetime import UTC, datetime

import dlt
import helper
import sbdk
from helper import NAME

AT_IMPORT = helper.where()
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def named(function):
    @functools.wraps(function)
    def call(*arguments, **named):
        yield from function(*arguments, **named)
    return call


@dlt.resource(name="dice")
@named
def dice():
    helper.meet("dice begins")
    yield from sbdk.rows("dice")
    helper.meet("dice ends")


@dlt.resource(name="seen", write_disposition="replace")
def seen(greeting=dlt.config.value, password=dlt.secrets.value):
    helper.meet("seen begins")
    import late
    print("printed by", NAME)
    yield {"name": NAME, "late": late.NAME, "where": helper.where(), "at_import": AT_IMPORT, "greeting": greeting,
           "password": password, "in_a_child": subprocess.check_output("echo $WHERE", shell=True, text=True).strip()}
    helper.meet("seen ends")


@dlt.resource(name="moments", write_disposition="append")
def moments(at=dlt.sources.incremental("at", initial_value=FIRST,
                                       allow_external_schedulers=dlt.current.interval() is not None)):
    helper.meet("moments begin")
    yield [{"at": datetime(2026, 1, day, tzinfo=UTC), "name": NAME} for day in range(1, 29)]
    helper.meet("moments end")


def reader(table):
    @dlt.resource(name=table, write_disposition="replace")
    def read():
        yield [{"text": text} for text in helper.texts()]
    return read


@dlt.source
def files():
    return [reader("one"), reader("two")]
"""

COUNTED = """
import dlt
import helper


@dlt.resource(name="first", write_disposition="replace")
def first():
    yield [{"text": text} for text in helper.texts()]


def copy(table):
    @dlt.resource(name=table, write_disposition="replace")
    def read():
        yield [{"text": text} for text in helper.texts()]
    return read


second, third = copy("second"), copy("third")
"""

PIPELINES = {"things": PIPELINE, "counted": COUNTED}

TABLES = ["dice", "seen", "moments", "one", "two", "first", "second", "third"]


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def make(
    root: Path, name: str, seed: int, *, where: str | None = None, pipelines: Mapping[str, str] = PIPELINES
) -> Path:
    """A project. `where`: a variable of its .env; by default another one in each project. `pipelines`: by file."""
    project = write(
        root / name,
        {
            "sbdk_config.json": json.dumps({"project": name, "seed": seed, **CONFIG}),
            "made.yml": DATASET,
            "plugins/dice.py": PLUGIN,
            "plugins/odds.py": f"BASE = {seed}\n",
            "pipelines/_late.py": "",
            "pipelines/helper/__init__.py": HELPER.format(name=name),
            "pipelines/late/__init__.py": f"NAME = {name!r}\n",
            ".env": f"WHERE={where or f'in {name}'}\n",
            ".dlt/config.toml": f'greeting = "hello {name}"\n',
            ".dlt/secrets.toml": f'password = "secret of {name}"\n',
            "input/a.txt": f"text of {name}",
            "dbt/.gitkeep": "",
            **{f"pipelines/{file}.py": text for file, text in pipelines.items()},
        },
    )
    (project / ".env").chmod(0o600)
    return project


def run(path: Path, *intervals: Interval | None) -> None:
    """A run for each of the intervals, None for one without; without any, one run. Pipelines only."""
    for interval in intervals or (None,):
        options = RunOptions(pipelines_only=True, interval=interval)
        result = Project(path).run(options, command=["sbdk", "dev", "--password", "hunter2secret"])
        assert result.status == "success", result.error


def in_threads(*works: Callable[[], Any]) -> None:
    """All at once, in a thread each; raises what the first of them raised."""
    start = threading.Barrier(len(works))

    def work(call: Callable[[], Any]) -> None:
        start.wait()
        call()

    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(work, call) for call in works]:
            future.result()


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the published file, sorted."""
    with duckdb.connect(str(path / "data" / "dev.duckdb"), read_only=True) as connection:
        return sorted(connection.sql(sql).fetchall())


def outcome(path: Path) -> dict[str, Any]:
    """Rows of every table, and what was recorded of the pipelines: all but the times of the files."""
    columns = {name: "*" if name == "dice" else "* EXCLUDE (_dlt_id, _dlt_load_id)" for name in TABLES}
    return {
        "rows": {name: query(path, f"SELECT {columns[name]} FROM raw.{name}") for name in TABLES},
        "pipelines": {
            name: (each.code, each.kind, each.tables, each.streams, each.patterns, sorted(each.files))
            for name, each in Project(path).published().record.pipelines.items()
        },
    }


def commands(path: Path) -> set[str]:
    """What the history calls the runs."""
    history = sqlite3.connect(path / ".sbdk" / "history.sqlite")
    found = {row[0] for row in history.execute("SELECT command FROM runs")}
    history.close()
    return found


def process_state() -> dict[str, Any]:
    """What a process has only once, and a run might change.

    Libraries leave things behind when they are imported and used for the first time: have a run before the first look.
    """
    gc.collect()
    dlt_log = logging.getLogger("dlt")
    return {
        "environment": dict(os.environ),
        "path": list(sys.path),
        "modules": sorted(sys.modules),
        "finders": list(sys.meta_path),
        "path hooks": list(sys.path_hooks),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "folder": Path.cwd(),
        "streams": [sys.stdin, sys.stdout, sys.stderr],
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook, sys.gettrace(), sys.getprofile()),
        "warnings": list(warnings.filters),
        "warning hooks": [warnings.showwarning, warnings.formatwarning],
        "log": (list(dlt_log.handlers), dlt_log.propagate, dlt_log.level, list(logging.getLogger().handlers)),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "children": psutil.Process().children(recursive=True),
        "files": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in _descriptors()),
        "umask": _umask(),
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What of `process_state` is not as it was; of lists, what went and what came."""
    found = {}
    for name, value in after.items():
        if value != before[name]:
            pair = before[name], value
            lists = all(isinstance(each, list) for each in pair)
            found[name] = ([_without(*pair), _without(*reversed(pair))]) if lists else pair
    return found


def _without(items: list[Any], others: list[Any]) -> list[Any]:
    return [item for item in items if item not in others]


def _descriptors() -> list[str]:
    """Open files of this process, the folder that is read here left out."""
    return [fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]


def _umask() -> int:
    before = os.umask(0o077)
    os.umask(before)
    return before
