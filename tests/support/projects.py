"""Fixtures for all rooms: small projects, built once for all tests, and copies of them to work on.

A fixture `…_once` is shared by the tests of one process: read it, never change it. The others are a test's own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.once import once, open_session
from support.shops import SMALL_RETAIL, THINGS, Shop, make


@pytest.fixture(scope="session", autouse=True)
def _session(tmp_path_factory: pytest.TempPathFactory) -> None:
    open_session(tmp_path_factory)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A small saas project after its first run."""
    return _built("saas", tmp_path_factory)


@pytest.fixture
def shop(built_once: Shop, tmp_path: Path) -> Shop:
    return built_once.copy(tmp_path / "shop")


@pytest.fixture(scope="session")
def tiny_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A project with one dlt source and one model, not built: quick where the saas models would only cost time."""
    return _tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny(tiny_once: Shop, tmp_path: Path) -> Shop:
    return tiny_once.copy(tmp_path / "tiny")


@pytest.fixture(scope="session")
def tiny_built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The tiny project after its first run."""
    return _built("tiny", tmp_path_factory)


@pytest.fixture
def tiny_built(tiny_built_once: Shop, tmp_path: Path) -> Shop:
    return tiny_built_once.copy(tmp_path / "tiny")


@pytest.fixture(scope="session")
def retail_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A small retail project, never run."""
    return _retail(tmp_path_factory.mktemp("retail"))


@pytest.fixture(scope="session")
def retail_built_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The retail project after its first run."""
    return _built("retail", tmp_path_factory)


def _tiny(folder: Path) -> Shop:
    shop = make(folder, "tiny", "blank")
    shop.write("pipelines/things.py", THINGS)
    shop.write("dbt/models/doubled.sql", "select id, 2 * size as size from raw.things\n")
    return shop


def _retail(folder: Path) -> Shop:
    return make(folder, "apparel", "retail", **SMALL_RETAIL)


NEW = {"saas": make, "tiny": _tiny, "retail": _retail}


def _built(kind: str, factory: pytest.TempPathFactory) -> Shop:
    """This process's copy of the project of that kind after its first run."""
    (built,) = once(f"built-{kind}", lambda folder: NEW[kind](folder).dev()).iterdir()
    return Shop(built).copy(factory.mktemp(f"built-{kind}") / built.name)
