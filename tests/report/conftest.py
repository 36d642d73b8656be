"""A small warehouse to draw from, a browser to look with, and whole projects of each template that ships charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.targets.base import QueryFunction
from sbdk.targets.duckdb.query import open_queries
from support.drawing import drawn_page, new_project
from support.once import once
from support.shops import Shop


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
def query(warehouse: Path) -> Iterator[QueryFunction]:
    with open_queries(warehouse) as query:
        yield query


@pytest.fixture(scope="session")
def built_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shop]:
    """A project of a template, small, after its first run; never changed."""
    fixtures = {"saas": "built_once", "retail": "retail_built_once"}

    @cache
    def build(template: str) -> Shop:
        if template in fixtures:
            return request.getfixturevalue(fixtures[template])
        folder = once(f"built-{template}", lambda folder: new_project(folder, template).dev())
        return Shop(folder / template).copy(tmp_path_factory.mktemp("report") / template)

    return build


@pytest.fixture
def built_saas(built_of: Callable[[str], Shop], tmp_path: Path) -> Shop:
    """A saas project of one's own."""
    return built_of("saas").copy(tmp_path / "saas")


@pytest.fixture
def look(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a file in a new, empty browser; afterwards nothing was asked of a network and nothing went wrong."""
    contexts, requested, wrong = [], [], []

    def open_page(path: Path, **settings: Any) -> Any:
        context = browser.new_context(offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path.as_uri())
        if settings.get("java_script_enabled", True):
            drawn_page(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in requested if not url.startswith(("file:", "data:"))] == []
    assert wrong == []
