"""The worker ends with its parent, whatever the parent dies of, and a worker's death is an error, not a hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sbdk.core.errors import TransformError
from support.tiny_project import TinyProject

PARENT = """
    import sys, threading, time
    from pathlib import Path
    from sbdk.transform import Worker
    dbt, target, log, database, mode = sys.argv[1:]
    workers = []
    def start():
        workers.append(Worker.start(sys.executable, Path(dbt), Path(dbt), Path(target), Path(log), "dev",
                                    database=Path(database)))
    if mode == "thread":
        thread = threading.Thread(target=start); thread.start(); thread.join()
        time.sleep(.3)
    else:
        start()
    print(workers[0].process.pid, flush=True)
    if mode == "build":
        workers[0].build(Path(database))
    time.sleep(60)
"""


def start_parent(
    project: TinyProject, mode: str, env: dict[str, str] | None = None
) -> tuple[subprocess.Popen[str], int]:
    arguments = [project.dbt, project.target, project.log, project.database, mode]
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def gone(pid: int, patience: float = 20) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("mode", ["import", "thread"])
def test_the_worker_dies_with_a_killed_parent(project: TinyProject, mode: str) -> None:
    parent, worker = start_parent(project, mode)
    assert psutil.pid_exists(worker)
    parent.kill()
    parent.wait()
    assert gone(worker)


def test_it_is_in_the_parents_process_group(project: TinyProject) -> None:
    parent, worker = start_parent(project, "import")
    assert os.getpgid(worker) == os.getpgid(parent.pid)
    os.killpg(os.getpgid(parent.pid), signal.SIGKILL)
    parent.wait()
    assert gone(worker)


def test_the_fault_point_kills_the_parent_in_the_middle_of_a_build(project: TinyProject) -> None:
    env = {"SBDK_TEST": "1", "SBDK_FAILPOINT": "mid_transform:kill"}
    parent, worker = start_parent(project, "build", env)
    assert parent.wait(timeout=60) == -signal.SIGKILL
    assert gone(worker)


@pytest.mark.parametrize(("action", "words"), [("killworker", "killed by signal 9"), ("raise", "mid_transform")])
def test_a_worker_that_fails_is_an_error_that_points_to_its_log(project: TinyProject, action: str, words: str) -> None:
    env = {"SBDK_TEST": "1", "SBDK_FAILPOINT": f"mid_transform:{action}"}
    with project.start(env) as worker, pytest.raises(TransformError, match=words):
        worker.build(project.database)
    assert worker.process.returncode is not None


def test_a_folder_without_a_dbt_project_is_refused_at_once(project: TinyProject) -> None:
    (project.dbt / "dbt_project.yml").unlink()
    with pytest.raises(TransformError, match=r"no dbt_project\.yml"):
        project.start()


def test_a_python_without_dbt_is_an_error_that_says_so(
    make_project: Callable[..., TinyProject], tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    project = make_project()
    with project.start(python=bare / "bin" / "python") as worker, pytest.raises(TransformError) as caught:
        worker.wait_parsed()
    assert "No module named 'dbt'" in caught.value.message
    assert caught.value.hint is not None
    assert "dbt-core" in caught.value.hint


def test_the_workers_python_need_not_have_sbdk(project: TinyProject, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(theirs)], check=True)
    python = theirs / "bin" / "python"
    import dbt.version

    packages = Path(dbt.version.__file__).parent.parent
    (next(theirs.glob("lib/python*/site-packages")) / "others.pth").write_text(f"{packages}\n")
    assert subprocess.run([python, "-c", "import sbdk"], capture_output=True, check=False).returncode == 1
    with project.start(python=python) as worker:
        assert worker.build(project.database).ok
