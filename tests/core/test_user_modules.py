"""A project's Python files find each other, and nobody else's, without a trace in the process."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from sbdk.core.imports import UserModules

USER = """
import importlib
import json
import shared
from importlib import import_module
from inner import deep
from . import shared as again
from ._hidden import VALUE

assert again is shared is import_module("shared") is importlib.import_module("shared")
assert importlib.util and json.dumps({})


def late():
    import later
    return later.NAME


def missing():
    import inner.nothing
"""


def project(folder: Path, name: str) -> UserModules:
    files = {
        "user.py": USER,
        "shared.py": f"NAME = {name!r}",
        "later.py": "import shared\nNAME = shared.NAME",
        "_hidden.py": "VALUE = 1",
        "inner/__init__.py": "",
        "inner/deep.py": "import shared\nNAME = shared.NAME",
        "json.py": "raise RuntimeError('an installed module is never hidden')",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return UserModules(folder, "sbdk_test")


def test_each_project_gets_its_own_modules_at_once(tmp_path: Path) -> None:
    before = set(sys.modules), list(sys.path), list(sys.meta_path)
    projects = {name: project(tmp_path / name, name) for name in ("one", "two", "three")}
    start, found = threading.Barrier(3), {}

    def work(name: str) -> None:
        start.wait()
        user = projects[name].load(tmp_path / name / "user.py")
        found[name] = {user.shared.NAME, user.deep.NAME, user.late()}

    threads = [threading.Thread(target=work, args=[name]) for name in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: {name} for name in projects}
    assert (set(sys.modules), list(sys.path), list(sys.meta_path)) == before
    assert not list(tmp_path.rglob("*.pyc"))


def test_a_module_of_the_host_does_not_stand_in_for_one_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shared", threading)
    user = project(tmp_path, "own").load(tmp_path / "user.py")
    assert user.shared.NAME == "own"
    assert sys.modules["shared"] is threading


def test_a_missing_module_is_reported_by_the_name_that_was_written(tmp_path: Path) -> None:
    user = project(tmp_path, "own").load(tmp_path / "user.py")
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'inner\.nothing'$") as caught:
        user.missing()
    assert caught.value.name == "inner.nothing"
