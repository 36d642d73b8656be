"""The targets whose behaviour is one: each test here runs over every implementation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sbdk.targets.base import Target
from sbdk.targets.duckdb.target import DuckDBTarget
from sbdk.targets.memory import MemoryTarget

MAKERS: dict[str, Callable[[Path], Target]] = {
    "duckdb": lambda root: DuckDBTarget(root / "data" / "dev.duckdb", root / ".sbdk"),
    "memory": lambda root: MemoryTarget(root / ".sbdk"),
}


@pytest.fixture(params=sorted(MAKERS))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    return MAKERS[request.param](tmp_path / "shop")
