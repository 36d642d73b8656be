"""Files appear whole: what a reader, a second writer, a failure and a kill leave to see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sbdk.core.files import arrival_name, atomic_move, atomic_write, drafted, remove_tree

KILLED_BEFORE_THE_RENAME = """
import os, signal, sys
from pathlib import Path
from sbdk.core.files import drafted
with drafted(Path(sys.argv[1])) as draft:
    draft.write_text("new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("content", ["größe\n", b"\0\xff", memoryview(b"view")])
def test_the_content_is_there_and_nothing_else(tmp_path: Path, content, durable: bool) -> None:
    path = tmp_path / "notes"
    path.write_text("old")
    atomic_write(path, content, durable=durable)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else bytes(content))
    assert os.listdir(tmp_path) == ["notes"]


def test_half_of_a_character_is_written_as_the_caller_wants(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        atomic_write(tmp_path / "strict", "\ud800")
    atomic_write(tmp_path / "lax", "\ud800", errors="backslashreplace")
    assert (tmp_path / "lax").read_text() == "\\ud800"


def test_a_file_for_the_owner_alone(tmp_path: Path) -> None:
    atomic_write(tmp_path / "token", "t", mode=0o600)
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("old")

    def fail() -> None:
        with drafted(path) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["notes"]


def test_a_kill_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_RENAME, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    atomic_write(path, "newer")
    assert path.read_text() == "newer"


def test_the_file_is_synced_before_the_rename_and_the_folder_after_it(tmp_path, monkeypatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        steps.append("sync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "sync file")
        fsync(descriptor)

    def note_rename(*paths: Path) -> None:
        steps.append("rename")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_rename)
    atomic_write(tmp_path / "a", "x")
    atomic_write(tmp_path / "b", "x", durable=False)
    assert steps == ["sync file", "rename", "sync folder", "rename"]


def test_many_threads_that_write_one_file_leave_one_of_their_contents(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    contents = [str(number) * 50_000 for number in range(8)]
    threads = [threading.Thread(target=atomic_write, args=(path, one)) for one in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in contents
    assert os.listdir(tmp_path) == ["notes"]


def test_a_move_to_another_file_system_arrives_whole(tmp_path: Path, monkeypatch) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("new")
    target.write_text("old")
    replace = os.replace

    def across(one: Path, other: Path) -> None:
        if Path(one) == source:
            raise OSError(18, "Invalid cross-device link")
        replace(one, other)

    monkeypatch.setattr(os, "replace", across)
    atomic_move(source, target)
    assert target.read_text() == "new"
    assert not source.exists()
    assert not arrival_name(target).exists()


def test_a_tree_that_is_not_there_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    remove_tree(tmp_path / "a")
    remove_tree(tmp_path / "a")
    assert not (tmp_path / "a").exists()
