"""No file of a room imports, directly or through others, a file that imports it.

Imports are read from the source of all of `src/sbdk`. Those at module level count, also the ones under `if
TYPE_CHECKING`, for a reader has to follow them too; those inside a function do not: there they are made on use, to keep
a start light. `from package import name` is an import of `package.name` if that is a module, else of the package.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src"


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_name(path): path for path in sorted((ROOT / "sbdk").rglob("*.py"))}
ROOMS = sorted({"sbdk", *(name.split(".")[1] for name in FILES if name.count(".") > 1)})
"""The folders of `src/sbdk`, and `sbdk` for the files beside them."""


def module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run with the import of a module, or that only a type checker reads."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ("body", "orelse", "finalbody"):
                yield from module_level(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from module_level(handler.body)


def room_of(name: str) -> str:
    parts = FILES[name].relative_to(ROOT / "sbdk").parts
    return parts[0] if len(parts) > 1 else "sbdk"


@cache
def imports_of(name: str) -> frozenset[str]:
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in module_level(tree.body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(name, node)
            found |= {f"{source}.{alias.name}" if f"{source}.{alias.name}" in FILES else source for alias in node.names}
    return frozenset(found & FILES.keys()) - {name}


def _absolute(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    up = node.level - (FILES[name].name == "__init__.py")
    package = parts[: len(parts) - up] if up else parts
    return ".".join([*package, *([node.module] if node.module else [])])


@cache
def reached_from(name: str) -> frozenset[str]:
    """All modules that an import of `name` leads to, over any number of others."""
    seen: set[str] = set()
    todo = list(imports_of(name))
    while todo:
        if (one := todo.pop()) not in seen:
            seen.add(one)
            todo += imports_of(one)
    return frozenset(seen)


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_imports_itself_through_others(room: str) -> None:
    assert [name for name in FILES if room_of(name) == room and name in reached_from(name)] == []


def test_a_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sbdk.x.other import A\n")
    other.write_text("try:\n    from . import one\nexcept ImportError:\n    one = None\n")
    monkeypatch.setitem(FILES, "sbdk.x.one", one)
    monkeypatch.setitem(FILES, "sbdk.x.other", other)
    assert "sbdk.x.one" in reached_from("sbdk.x.one")


def test_an_import_inside_a_function_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = tmp_path / "lazy.py"
    lazy.write_text(
        "def late():\n    import sbdk.cli.main\n\nclass A:\n    def b(self):\n        import sbdk.cli.main\n"
    )
    monkeypatch.setitem(FILES, "sbdk.x.lazy", lazy)
    assert imports_of("sbdk.x.lazy") == frozenset()
