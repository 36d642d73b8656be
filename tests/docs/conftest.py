"""The pages are followed in a project at its real default volume, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.once import once
from support.shops import Shop, make


@pytest.fixture(scope="session")
def default_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = once("built-docs", lambda folder: make(folder, data_volume={}).dev())
    return Shop(folder / "shop").copy(tmp_path_factory.mktemp("docs") / "shop")


@pytest.fixture
def shop(default_shop: Shop, tmp_path: Path) -> Shop:
    return default_shop.copy(tmp_path / "shop")
