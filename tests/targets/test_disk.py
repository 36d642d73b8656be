"""A disk that is full, read-only or failing; paths that are no file: an error of ours, the old file as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sbdk.core.errors import DiskError
from support.warehouse_oracle import CHILD, rows, sha


def mounts_allowed():
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(
    shutil.which("unshare") is None or not mounts_allowed(), reason="this machine lets nobody mount in a namespace"
)


def in_namespace(script, *args):
    command = ["unshare", "-rm", "sh", "-ec", script, "sh", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@needs_mounts
@pytest.mark.parametrize("size", ["2m", "3m", "4m"])
def test_a_full_disk(project, size):
    """A tmpfs with room for one run and not for more: refused in one line, nothing lost; more room, and it goes on."""
    project.root.mkdir()
    script = """
        mount -t tmpfs -o size=64m none "$1"; "$2" "$3" run "$1"
        sha256sum "$1/data/dev.duckdb" > /tmp/sbdk-before-$$
        used=$(du -sm "$1" | cut -f1); mount -o remount,size=$((used * 1024 + ${4%m} * 256))k "$1"
        if "$2" "$3" run "$1"; then echo unexpected; fi
        sha256sum -c --quiet /tmp/sbdk-before-$$; rm /tmp/sbdk-before-$$
        ls "$1/data"
        mount -o remount,size=64m "$1"; "$2" "$3" run "$1"; cp "$1/data/dev.duckdb" "$5"
    """
    out = project.root.parent / "out.duckdb"
    done = in_namespace(script, project.root, sys.executable, CHILD, size, out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["dev.duckdb"]
    assert "disk: " in done.stderr
    assert "Traceback" not in done.stderr
    assert rows(out) == [0, 1]


@needs_mounts
@pytest.mark.parametrize("place", ["data", ".sbdk"])
def test_a_read_only_file_system(project, place):
    project.run("r0")
    before = sha(project.published)
    script = 'mount --bind "$1/$4" "$1/$4"; mount -o remount,bind,ro "$1/$4"; "$2" "$3" run "$1"'
    done = in_namespace(script, project.root, sys.executable, CHILD, place)
    assert done.returncode == 1
    assert done.stderr.startswith("disk: ")
    assert sha(project.published) == before


def make_link(path: Path) -> None:
    target = path.parent / "target"
    target.write_bytes(b"somebody's")
    path.symlink_to(target)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, make_link], ids=["folder", "pipe", "link"])
def test_a_published_path_that_is_no_plain_file(project, make):
    project.published.parent.mkdir(parents=True)
    make(project.published)
    with pytest.raises(DiskError) as caught:
        project.warehouse.begin("r0")
    assert caught.value.file == str(project.published)
    assert not project.state.exists(), "refused before anything was written"


def test_a_data_folder_that_is_a_file(project):
    project.root.mkdir()
    (project.root / "data").write_text("no folder")
    with pytest.raises(DiskError, match=r"(?i)not a (folder|directory)"):
        project.warehouse.begin("r0")


@pytest.mark.parametrize("number", [1, 3, 5, 8])
def test_a_failing_fsync(project, number):
    """EIO at the n-th sync of the run: an error, and the published file whole: the old one or a complete new one."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed, so fsync cannot be made to fail")
    project.run("r0")
    inject = f"inject=fsync,fdatasync:error=EIO:when={number}"
    done = project.child("run", prefix=("strace", "-f", "-qq", "-o", "/dev/null", "-e", inject))
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or "disk: " in done.stderr
    assert rows(project.published) in ([0], [0, 1])
    assert project.warehouse.verify() is not None
    count = len(rows(project.published))
    assert project.child("run").returncode == 0
    assert rows(project.published) == list(range(count + 1))


def limited(project, **changes):
    environment = {key: value for key, value in os.environ.items() if key not in changes}
    environment |= {key: value for key, value in changes.items() if value is not None}
    command = ["sh", "-c", 'ulimit -n 64; exec "$0" "$@"', sys.executable, str(CHILD), "run", str(project.root)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_sixty_four_files_no_home_and_an_odd_locale(project):
    for number in range(2):
        done = limited(project, HOME=None, TZ="Pacific/Chatham", LANG="tr_TR.UTF-8", LC_ALL="C", TMPDIR="/nonexistent")
        assert done.returncode == 0, done.stderr
        assert rows(project.published) == list(range(number + 1))
