"""Fixtures: a small warehouse to run on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from sbdk.targets.base import Target
from sbdk.targets.duckdb.target import DuckDBTarget
from sbdk.targets.memory.target import MemoryTarget
from support.warehouse_oracle import Project

MAKERS: dict[str, Callable[[Path], Target]] = {
    "duckdb": lambda root: DuckDBTarget(root / "data" / "dev.duckdb", root / ".sbdk"),
    "memory": lambda root: MemoryTarget(root / ".sbdk"),
}


@pytest.fixture(params=sorted(MAKERS))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    return MAKERS[request.param](tmp_path / "shop")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "shop")


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    return lambda name: Project(tmp_path / name)


@pytest.fixture
def foreign_file(tmp_path: Path) -> Path:
    """A database that no run of sbdk made."""
    path = tmp_path / "foreign.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("CREATE TABLE mine AS SELECT 42 AS answer")
    connection.close()
    return path
