"""A small warehouse, whose runs take the project's lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.warehouse_oracle import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "shop")
