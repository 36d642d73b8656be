"""The pages are followed in a small project, made once; where a page shows its figures, in the default one."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.once import once
from support.shops import Shop, make


@pytest.fixture(scope="session")
def built_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = once("built-docs", lambda folder: make(folder).dev())
    return Shop(folder / "shop").copy(tmp_path_factory.mktemp("docs") / "shop")


@pytest.fixture
def shop(built_shop: Shop, tmp_path: Path) -> Shop:
    return built_shop.copy(tmp_path / "shop")


@pytest.fixture(scope="session")
def default_built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = once("built-docs-default", lambda folder: make(folder, data_volume={}).dev())
    return Shop(folder / "shop").copy(tmp_path_factory.mktemp("docs") / "default")


@pytest.fixture
def default_shop(default_built: Shop, tmp_path: Path) -> Shop:
    return default_built.copy(tmp_path / "shop")
