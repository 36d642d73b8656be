"""What a project's plugins register belongs to that project; what is built in, to all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import sbdk.core.registry
from sbdk.core.errors import SourceError, UnknownName
from sbdk.core.registry import Registry, load_plugins

SHELF = Registry[str]("thing", "sbdk.test_things")
PLUGIN = "import names\nfrom sbdk.core.registry import SHELF\nSHELF.register('mine', names.NAME)\n"


@pytest.fixture(autouse=True)
def _shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbdk.core.registry, "SHELF", SHELF, raising=False)


def plugins(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_two_projects_give_one_name_to_different_things(tmp_path: Path) -> None:
    before = set(sys.modules), list(sys.path), list(sys.meta_path)
    one = load_plugins(plugins(tmp_path / "one", plugin=PLUGIN, names="NAME = 'of one'"))
    two = load_plugins(plugins(tmp_path / "two", plugin=PLUGIN, names="NAME = 'of two'"))
    with one.active():
        assert SHELF.get("mine") == "of one"
    with two.active():
        assert SHELF.get("mine") == "of two"
    with pytest.raises(UnknownName):
        SHELF.get("mine")
    assert (set(sys.modules), list(sys.path), list(sys.meta_path)) == before


def test_two_files_of_one_name_in_two_folders_are_two_origins(tmp_path: Path) -> None:
    """The same module name must not pass for the same origin: here a class says which file declares it."""
    text = "from sbdk.core.registry import SHELF\n@SHELF.named('same')\nclass A: ...\n"
    folder = plugins(tmp_path / "one", first=text, second=text)
    with pytest.raises(SourceError, match=r"declared twice: by .*first\.py and by .*second\.py"):
        load_plugins(folder)


def test_a_file_is_imported_once_even_where_another_plugin_imports_it(tmp_path: Path) -> None:
    text = "from sbdk.core.registry import SHELF\nSHELF.register('count', str(len(list(SHELF))))\n"
    loaded = load_plugins(plugins(tmp_path / "one", a="import b\n", b=text))
    with loaded.active():
        assert SHELF.get("count") == "0"
