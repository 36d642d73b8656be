"""The pages are followed in a project at its real default volume, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.shops import Shop, make


@pytest.fixture(scope="session")
def default_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make(tmp_path_factory.mktemp("docs"), data_volume={})
    shop.dev()
    return shop


@pytest.fixture
def shop(default_shop: Shop, tmp_path: Path) -> Shop:
    return Shop(Path(shutil.copytree(default_shop.path, tmp_path / "shop")))
