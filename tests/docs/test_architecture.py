"""ARCHITECTURE.md names files that exist, and draws the layers that import-linter checks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
IN_A_PROJECT = {".sbdk/", "plugins/"}
"""Folders that the page names and that a user's project has."""


def named_paths() -> list[str]:
    """What stands in backticks and is a file or a folder: it holds a slash, or ends like a file."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
    paths = [span for span in spans if re.fullmatch(r"[\w./-]+", span)]
    return [path for path in paths if "/" in path or path.endswith((".py", ".toml"))]


def drawn_layers() -> list[set[str]]:
    """The rooms of each line of the drawing, highest first."""
    drawing = re.search(r"## Rooms\n.*?```\n(.*?)```", PAGE, re.DOTALL)
    assert drawing is not None
    lines = [line for line in drawing[1].splitlines() if not line.startswith(" ")]
    return [set(re.split(r" \| ", re.split(r" {2,}", line)[0].strip())) for line in lines]


def test_every_path_that_is_named_exists() -> None:
    paths = named_paths()
    assert len(paths) > 40
    missing = [
        path
        for path in paths
        if path not in IN_A_PROJECT and not any((base / path).exists() for base in (ROOT, ROOT / "src/sbdk"))
    ]
    assert missing == []


def test_the_drawn_layers_are_those_of_the_import_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    assert drawn_layers() == [set(layer.replace("sbdk.", "").split(" | ")) for layer in contract["layers"]]


def test_every_room_is_drawn() -> None:
    rooms = {path.parent.name for path in (ROOT / "src" / "sbdk").glob("*/__init__.py")}
    rooms -= {"templates", "vendored"}  # described below the drawing: they hold no layer
    assert rooms == set.union(*drawn_layers()) - {"project"}
