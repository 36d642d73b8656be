"""Projects to watch, and `sbdk start` as a process beside the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.shops import Shop, make
from support.started import Started
from support.tiny_shop import FILES


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Three models, a seed, tests and checks over one source; after its first run. Never changed, only copied."""
    shop = make(tmp_path_factory.mktemp("watched"), "shop", "blank")
    for name, text in FILES.items():
        shop.write(name, text)
    shop.dev()
    return shop


@pytest.fixture
def shop(built_once: Shop, tmp_path: Path) -> Shop:
    return Shop(Path(shutil.copytree(built_once.path, tmp_path / "shop", symlinks=True)))


@pytest.fixture(scope="module")
def started(built_once: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """`sbdk start --no-dashboard` on a copy that it has looked through once."""
    path = tmp_path_factory.mktemp("started") / "shop"
    shop = Shop(Path(shutil.copytree(built_once.path, path, symlinks=True)))
    running = Started(shop)
    running.wait_for("everything")
    try:
        yield running
    finally:
        running.stop()
