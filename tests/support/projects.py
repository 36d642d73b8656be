"""Fixtures: a built project of one's own, and a tiny one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.shops import THINGS, Shop, make


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A small saas project after its first run; never changed, only copied."""
    shop = make(tmp_path_factory.mktemp("built"))
    shop.dev()
    return shop


@pytest.fixture
def shop(built_once: Shop, tmp_path: Path) -> Shop:
    """A built project of one's own: a copy, since a project may be copied."""
    return Shop(Path(shutil.copytree(built_once.path, tmp_path / "shop", symlinks=True)))


@pytest.fixture(scope="session")
def tiny_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make(tmp_path_factory.mktemp("tiny"), "tiny", "blank")
    shop.write("pipelines/things.py", THINGS)
    shop.write("dbt/models/doubled.sql", "select id, 2 * size as size from raw.things\n")
    return shop


@pytest.fixture(scope="session")
def tiny_built_once(tiny_once: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = copy_of(tiny_once, tmp_path_factory.mktemp("tiny_built") / "tiny")
    shop.dev()
    return shop


@pytest.fixture
def tiny(tiny_once: Shop, tmp_path: Path) -> Shop:
    """A project with one dlt source and one model, not built: quick where the saas models would only cost time."""
    return copy_of(tiny_once, tmp_path / "tiny")


@pytest.fixture
def tiny_built(tiny_built_once: Shop, tmp_path: Path) -> Shop:
    """The tiny project after its first run."""
    return copy_of(tiny_built_once, tmp_path / "tiny")


def copy_of(shop: Shop, path: Path) -> Shop:
    return Shop(Path(shutil.copytree(shop.path, path, symlinks=True)))
