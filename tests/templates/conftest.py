"""One warm dbt worker on a copy of the saas template, and databases for it to work on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sbdk.transform import TransformResult, Worker
from support.book_worker import NAME as BOOKS
from support.book_worker import start_on
from support.book_world import Bookshop, make_bookshop
from support.book_world import fill as fill_bookshop
from support.once import once
from support.retail_shop import SMALL, Apparel
from support.shop_world import Shop, fill, make_shop
from support.template_worker import NAME, copy_template, start_worker


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="session")
def worker(scratch: Path) -> Iterator[Worker]:
    with start_worker(copy_template("saas", scratch / "saas"), scratch / "work", scratch / NAME) as running:
        yield running


@pytest.fixture(scope="session")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="session")
def raw(scratch: Path, shop: Shop) -> Path:
    """A database with the raw tables of the shop."""
    path = scratch / "built" / NAME
    fill(path, shop)
    return path


@pytest.fixture(scope="session")
def first_run(worker: Worker, raw: Path) -> TransformResult:
    return worker.build(raw)


@pytest.fixture(scope="session")
def built(raw: Path, first_run: TransformResult) -> Path:
    """The shop's warehouse after one run; not to be written to."""
    assert first_run.ok, first_run.error
    return raw


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a database, under the same base name, in a folder of the test's own."""

    def copy(database: Path) -> Path:
        return Path(shutil.copy(database, tmp_path / NAME))

    return copy


@pytest.fixture(scope="session")
def apparel(scratch: Path) -> Apparel:
    """A small day of the retail streams after one run, before which two were killed; not to be changed."""
    made = once("built-apparel", run_after_two_kills)
    return Apparel(Path(shutil.copytree(made / "apparel", scratch / "apparel", symlinks=True)))


def run_after_two_kills(folder: Path) -> None:
    made = Apparel.make(folder, **SMALL)
    made.killed("mid_landing")
    made.killed("after_load")
    told = made.sbdk("dev")
    assert told["status"] == "success", told
    assert told["dbt"]["tests_passed"] >= 40


@pytest.fixture(scope="session")
def bookshop() -> Bookshop:
    return make_bookshop()


@pytest.fixture(scope="session")
def bookstore_worker(scratch: Path) -> Iterator[Worker]:
    folder = scratch / "bookstore"
    with start_on(copy_template("bookstore", folder / "project"), folder, folder / BOOKS) as running:
        yield running


@pytest.fixture(scope="session")
def bookstore_run(bookstore_worker: Worker, bookshop: Bookshop, scratch: Path) -> tuple[Path, TransformResult]:
    """The bookshop's warehouse after one run, which is not to be written to, and what that run said."""
    path = scratch / "bookstore" / "built" / BOOKS
    fill_bookshop(path, bookshop)
    result = bookstore_worker.build(path)
    assert result.ok, result.error
    return path, result


@pytest.fixture(scope="session")
def bookstore_built(bookstore_run: tuple[Path, TransformResult]) -> Path:
    return bookstore_run[0]
