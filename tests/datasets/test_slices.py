"""A data set is a slice: nobody asks what it may have, and nobody outside of its folder names it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from sbdk.datasets.union import open_datasets
from sbdk.spec.config import ProjectConfig
from sbdk.spec.data_sets import entries

ROOT = Path(__file__).parents[2] / "src" / "sbdk"
NAMES = ("saas", "retail", "bookstore")
ABOUT_DATA_SETS = ("datasets", "synth", "export", "score", "pipeline", "run", "app", "watch", "cli")
GENERIC = ("spec", "synth", "export", "score", "pipeline", "run", "app", "watch", "cli", "server", "quality", "core")
REGISTERS = {ROOT / "datasets" / "shipped.py"}
UNTYPED = {
    "declared/expressions.py": "nodes of a syntax tree",
    "declared/dataset.py": "a generator written as a function",
    "cli/main.py": "an exception",
    "synth/batches.py": "glibc's mallopt",
    "saas/events_numba.py": "what a thread keeps",
    "core/registry.py": "the module of any item",
}
"""Where `getattr` has a default, and what it is asked of."""


def modules(rooms: tuple[str, ...]) -> list[Path]:
    """The Python files of these rooms, as far as they are there."""
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def sniffs(path: Path) -> Iterator[str]:
    """Calls of hasattr, and of getattr with a default."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            default = node.func.id == "getattr" and len(node.args) + len(node.keywords) == 3
            if node.func.id == "hasattr" or default:
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Names, texts and comments of a file, in small letters, by line."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in (tokenize.NAME, tokenize.STRING, tokenize.COMMENT) or token.type > tokenize.COMMENT:
            yield token.start[0], token.string.lower()


def test_no_data_set_or_table_is_asked_what_it_may_have():
    found = [place for path in modules(ABOUT_DATA_SETS) for place in sniffs(path)]
    assert [place for place in found if not any(known in place for known in UNTYPED)] == []


def test_no_generic_module_names_a_data_set():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word[:60]}"
        for path in modules(GENERIC)
        for line, word in words(path)
        if any(name in word for name in NAMES)
    ]
    assert found == []


def test_the_rooms_between_the_data_sets_do_not_name_them_either():
    between = [path for path in (ROOT / "datasets").glob("*.py") if path not in REGISTERS]
    assert [path.name for path in between for _, word in words(path) if any(name in word for name in NAMES)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_an_entry_declares_is_what_the_data_set_has(name, tmp_path):
    entry = entries()[name]
    part = open_datasets([name], ProjectConfig(project="p", datasets=[name]).world_settings(), tmp_path).parts[name]
    assert part.name == name
    assert (part.grader is not None) == bool(entry.roles)
    assert (part.streams is not None) == (entry.stream_keys is not None)
    assert (part.answers is not None) == (name != "saas")
    assert (part.dirt is not None) == (name == "retail")
    assert set(entry.tables.values()) <= set(part.tables)
    assert set(entry.facts) <= set(part.tables)


def test_plugins_find_the_generators_under_the_name_they_import():
    from sbdk.datasets import declared as home
    from sbdk.synth.declared import Generator, Rows, generator

    assert (Generator, Rows, generator) == (home.Generator, home.Rows, home.generator)
