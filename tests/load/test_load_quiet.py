"""A load says what it does by events, writes into its build and nowhere else, and ends when it is told to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sbdk.core.errors import SbdkError

SCRIPT = """
import sys
from pathlib import Path
from sbdk.core.signals import resend_interrupts
from sbdk.load import Loader, discover
from sbdk.targets.duckdb.build import DuckDBBuild
resend_interrupts()
root = Path(sys.argv[1])
sources = [source for file in discover(root / "pipelines", root=root) for source in file.sources]
build = DuckDBBuild(root / ".sbdk/build", root / ".sbdk/build/dev.duckdb", "r1", None)
loader = Loader(build, root / ".sbdk/build/dlt", root=root)
print("ready", flush=True)
loader.extract(sources)
loader.load()
print("loaded", flush=True)
"""


def start(project, env=None):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(project.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ) | (env or {}),
        cwd=project.root.parent,
    )


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_nothing_is_written_outside_the_project(project, tmp_path):
    home, elsewhere = tmp_path / "home", Path("/var/dlt")
    home.mkdir()
    before = elsewhere.exists()
    project.resource("{'id': 1}")
    hidden = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "TMPDIR": str(home)}
    out, err = start(project, hidden).communicate(timeout=60)
    assert (out.split(), err) == (["ready", "loaded"], "")
    assert files_below(home) == set()
    assert elsewhere.exists() == before
    assert {path.name for path in tmp_path.iterdir()} == {"home", "shop"}


def test_settings_of_the_users_home_are_not_read(project, tmp_path):
    """What a project does must not depend on whose machine it runs on."""
    settings = tmp_path / "home" / ".dlt"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text("[sources.a.made]\nn = 99\n")
    project.file("a.py", "@dlt.resource(name='t')\ndef made(n: int = 1):\n    yield {'n': n}\n")
    start(project, {"HOME": str(tmp_path / "home"), "DLT_DATA_DIR": str(settings)}).communicate(timeout=60)
    assert project.sql("select n from raw.t") == [(1,)]


def test_a_planted_trace_is_never_loaded(project, tmp_path):
    """dlt unpickles trace.pickle from its working folder when asked for the last trace; ours is made anew each time."""
    planted = project.build.parent / "dlt" / "sbdk" / "trace.pickle"
    planted.parent.mkdir(parents=True)
    planted.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "owned").encode() + b"'\ntR.")
    project.resource("{'id': 1}")
    project.run()
    assert not planted.exists()
    assert not (tmp_path / "owned").exists()
    assert (project.build.parent / "dlt").stat().st_mode & 0o777 == 0o700


def test_nothing_is_printed_and_warnings_are_events(project, capfd):
    project.resource("{'id': 1, 'always_null': None}")
    project.run()
    assert capfd.readouterr() == ("", "")
    assert any("always_null" in event.text for event in project.events if event.kind == "warning")


def test_python_warnings_are_events_too(project, capfd):
    project.file(
        "a.py", "import warnings\n@dlt.resource\ndef r():\n    warnings.warn('thin ice')\n    yield {'a': 1}\n"
    )
    project.run()
    assert capfd.readouterr() == ("", "")
    assert [event.text for event in project.events if event.kind == "warning"] == ["UserWarning: thin ice"]


def test_errors_are_raised_and_not_printed(project, capfd):
    project.resource("[{'id': 2 ** 63}]")
    with pytest.raises(SbdkError):
        project.run()
    assert capfd.readouterr() == ("", "")


def test_progress_counts_rows_then_files(project):
    project.resource("[{'id': i} for i in range(10)]")
    project.run()
    progress = [event for event in project.events if event.kind == "progress"]
    assert progress[0].stage == "generate"
    assert (progress[0].done, progress[0].total, progress[0].unit, progress[0].item) == (10, None, "rows", "t")


ENDLESS = {
    "row by row": "    while True:\n        yield {'i': 1}\n",
    "asleep": "    import time\n    while True:\n        time.sleep(60)\n        yield {'i': 1}\n",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_ctrl_c_ends_an_endless_resource(project, kind):
    project.file("a.py", "@dlt.resource\ndef endless():\n" + ENDLESS[kind])
    process = start(project)
    process.stdout.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in err
    assert "loaded" not in out


@pytest.mark.parametrize("action", ["kill", "raise"])
def test_a_load_stopped_half_way_leaves_only_its_own_build_behind(project, tmp_path, action):
    """Three builds: a published one, one that dies in the middle, and one that starts again from the published copy."""
    for name in "abc":
        project.resource("[{'id': i} for i in range(50)]", name=name, file=f"{name}.py")
    project.run()
    published = shutil.copy(project.build, tmp_path / "published.duckdb")
    process = start(project, {"SBDK_TEST": "1", "SBDK_FAILPOINT": f"mid_load:{action}"})
    out, err = process.communicate(timeout=60)
    assert "loaded" not in out
    assert process.returncode == -signal.SIGKILL if action == "kill" else "FailpointReached" in err
    shutil.rmtree(project.build.parent)
    project.build.parent.mkdir()
    shutil.copy(published, project.build)
    assert project.run() == {"a": 50, "b": 50, "c": 50}
    assert project.sql("select (select count(*) from raw.a), (select count(*) from raw.c)") == [(100, 100)]


SLOW_PANDAS = """
import time
__version__ = "0.0.1"
time.sleep(1)
class DataFrame: pass
class Series: pass
class Index: pass
"""


def test_a_library_that_dlt_looks_for_is_imported_before_the_threads_start(project, tmp_path):
    """PyArrow imports pandas with the first array, while dlt asks in another thread whether an item is its table."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "pandas.py").write_text(SLOW_PANDAS)
    project.file(
        "a.py", "@dlt.resource(name='many')\ndef many():\n    for n in range(3_000):\n        yield [{'n': n}]\n"
    )
    project.file("b.py", "@dlt.resource(name='arrow')\ndef arrow():\n    yield pa.table({'n': [1, 2]})\n")
    out, err = start(project, {"PYTHONPATH": str(tmp_path / "library")}).communicate(timeout=60)
    assert out.split() == ["ready", "loaded"], err
    assert project.sql("select (select count(*) from raw.many), (select count(*) from raw.arrow)") == [(3_000, 2)]
