"""A server's project and a repository for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "project"))
sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

from hub import Hub

from sbdk.server.store import Store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder in which the server runs."""
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub.make(tmp_path / "hub")


@pytest.fixture
def state(root: Path) -> Iterator[Store]:
    opened = Store(root / ".sbdk" / "server.sqlite")
    yield opened
    opened.close()
