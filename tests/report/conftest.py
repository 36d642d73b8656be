"""A small warehouse to draw from, a browser to look with, and whole projects of each template that ships charts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "project"))

from drawing import SETTINGS, drawn_page, new_project
from shops import Shop

from sbdk.targets.base import Ask
from sbdk.targets.duckdb.query import open_queries


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sales: three days of two shops; numbers: 0 … 9,999."""
    path = tmp_path_factory.mktemp("warehouse") / "dev.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create table sales as select * from (values
                (date '2026-01-01', 'north', 10, 1.5), (date '2026-01-01', 'south', 20, 2.5),
                (date '2026-01-02', 'north', 30, 3.5), (date '2026-01-02', 'south', 0, null),
                (date '2026-01-03', 'north', 40, 4.5)) t(day, shop, units, score)
        """)
        connection.execute("create table numbers as select range as n from range(10000)")
    return path


@pytest.fixture
def ask(warehouse: Path) -> Iterator[Ask]:
    with open_queries(warehouse) as asking:
        yield asking


@pytest.fixture(scope="session")
def built_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shop]:
    """A project of a template, small, after its first run; made once, never changed."""

    @cache
    def build(template: str) -> Shop:
        shop = new_project(tmp_path_factory.mktemp("report"), template, **SETTINGS[template])
        shop.dev()
        return shop

    return build


@pytest.fixture
def built_saas(built_of: Callable[[str], Shop], tmp_path: Path) -> Shop:
    """A saas project of one's own."""
    return Shop(Path(shutil.copytree(built_of("saas").path, tmp_path / "saas", symlinks=True)))


@pytest.fixture
def look(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a file in a new, empty browser; afterwards nothing was asked of a network and nothing went wrong."""
    contexts, asked, wrong = [], [], []

    def open_page(path: Path, **settings: Any) -> Any:
        context = browser.new_context(offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path.as_uri())
        if settings.get("java_script_enabled", True):
            drawn_page(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert wrong == []
