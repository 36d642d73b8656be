"""A forked command is what a new process is: arguments, environment, folder, output, exit code, end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from support import preload
from support.shops import Shop, command_environment, make

PIPELINE = """
import os, sys
import dlt

@dlt.resource(name="seen", primary_key="id")
def seen():
    print("to standard output")
    print("to standard error", file=sys.stderr)
    yield [{"id": 1, "folder": os.getcwd(), "word": os.environ.get("WORD"), "paths": repr(sys.path)}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Shop:
    shop = make(tmp_path, "seen", "blank")
    shop.write("pipelines/seen.py", PIPELINE)
    return shop


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux are the tests' commands forked")
@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["--help"], ["dev", "--full-refresh"], ["query", "from raw.seen"], ["query", "from nothing"]],
)
def test_it_says_and_ends_as_a_new_process(arguments: list[str], project: Shop) -> None:
    environment = command_environment(WORD="one")
    new = subprocess.run(
        [sys.executable, "-m", "sbdk", *arguments],
        cwd=project.path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert preload.can_fork(environment)
    code, out, err = preload.run(arguments, project.path, environment, 100)
    assert code == new.returncode
    assert _without_times(out) == _without_times(new.stdout)
    assert _without_times(err) == _without_times(new.stderr)


def _without_times(text: str) -> str:
    """Seconds and the run's name differ from run to run."""
    return re.sub(r"[\d.]+ s|run \w+-\w+", "", text)


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux are the tests' commands forked")
def test_it_has_the_folder_environment_and_paths_of_a_new_process(project: Shop) -> None:
    environment = command_environment(WORD="one")
    subprocess.run([sys.executable, "-m", "sbdk", "dev"], cwd=project.path, env=environment, check=True)
    new = project.query("select folder, word, paths from raw.seen")
    assert preload.run(["dev", "--full-refresh"], project.path, environment, 100)[0] == 0
    assert project.query("select folder, word, paths from raw.seen") == new
    assert new[0][:2] == (str(project.path), "one")


def test_what_an_import_reads_is_given_to_a_new_process() -> None:
    assert not preload.can_fork({**os.environ, "PYTHONHASHSEED": "1"})
    assert not preload.can_fork({**os.environ, "HOME": "/nowhere"})
    assert not preload.can_fork({**os.environ, "SBDK_FAILPOINT": "mid_load:kill"})


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux are the tests' commands forked")
def test_a_command_that_takes_too_long_is_killed(project: Shop) -> None:
    project.write("pipelines/seen.py", "import time\ntime.sleep(1000)\n")
    with pytest.raises(subprocess.TimeoutExpired):
        preload.run(["dev"], project.path, command_environment(), 2)
    until = time.monotonic() + 30
    while working := [
        process for process in psutil.process_iter(["cwd"]) if str(project.path) in (process.info["cwd"] or "")
    ]:
        assert time.monotonic() < until, working
        time.sleep(0.05)
