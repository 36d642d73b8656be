"""Projects to watch, and `sbdk start` as a process beside the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.once import once
from support.shops import Shop, make
from support.started import Started
from support.tiny_shop import FILES


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Three models, a seed, tests and checks over one source; after its first run. Never changed, only copied."""

    def build(folder: Path) -> None:
        shop = make(folder, "shop", "blank")
        for name, text in FILES.items():
            shop.write(name, text)
        shop.dev()

    return Shop(once("built-watched", build) / "shop").copy(tmp_path_factory.mktemp("watched") / "shop")


@pytest.fixture
def shop(built_once: Shop, tmp_path: Path) -> Shop:
    return built_once.copy(tmp_path / "shop")


@pytest.fixture(scope="module")
def started(built_once: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """`sbdk start --no-dashboard` on a copy that it has looked through once."""
    running = Started(built_once.copy(tmp_path_factory.mktemp("started") / "shop"))
    running.wait_for("everything")
    try:
        yield running
    finally:
        running.stop()
