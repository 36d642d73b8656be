"""The pages are followed in a small project, made once; where a page shows its figures, in the default one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.once import once
from support.shops import Shop, make


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return _built("built-docs").copy(tmp_path / "shop")


@pytest.fixture
def default_shop(tmp_path: Path) -> Shop:
    return _built("built-docs-default", data_volume={}).copy(tmp_path / "shop")


def _built(name: str, **keys: Any) -> Shop:
    """A project with its first build, made once; to be copied."""
    return Shop(once(name, lambda folder: make(folder, **keys).dev()) / "shop")
