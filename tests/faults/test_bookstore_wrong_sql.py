"""At least five plausible wrong lines of each model: the build goes through without the tests, the score does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sbdk.transform import Worker
from support.book_worker import NAME, start_on
from support.book_world import Bookshop, fill, make_bookshop
from support.book_wrong_sql import WRONG
from support.graded_bookshop import score_of
from support.template_worker import copy_template

pytestmark = pytest.mark.faults
LINES = [(file, number) for file, changes in WRONG.items() for number in range(len(changes))]


@dataclass(frozen=True)
class Built:
    """A copy of the template, a worker on it, and the warehouse that the right models built."""

    dbt: Path
    worker: Worker
    database: Path
    shop: Bookshop


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder, shop = tmp_path_factory.mktemp("wrong"), make_bookshop()
    dbt = copy_template("bookstore", folder / "project")
    database = folder / "right" / NAME
    fill(database, shop)
    with start_on(dbt, folder, folder / NAME) as worker:
        assert worker.build(database, select=["resource_type:model"]).ok
        assert score_of(database, shop).score == 100
        yield Built(dbt, worker, database, shop)


@pytest.mark.parametrize(("file", "number"), LINES, ids=[f"{Path(file).stem}-{number}" for file, number in LINES])
def test_a_wrong_line_costs_points(built: Built, file: str, number: int, tmp_path: Path) -> None:
    model = built.dbt / "models" / file
    right = model.read_text()
    old, new = WRONG[file][number]
    assert old in right
    database = Path(shutil.copy(built.database, tmp_path / NAME))
    try:
        model.write_text(right.replace(old, new))
        result = built.worker.build(
            database, select=[f"{model.stem}+,resource_type:model"], full_refresh=True, reparse=True
        )
    finally:
        model.write_text(right)
    assert result.ok, result.error
    card = score_of(database, built.shop)
    assert card.score < 100
    assert all(one.table and one.text for one in card.findings())


def test_each_model_has_at_least_five() -> None:
    templates = copy_names()
    assert set(WRONG) == templates
    assert all(len(changes) >= 5 for changes in WRONG.values())


def copy_names() -> set[str]:
    from support.template_worker import TEMPLATES

    models = TEMPLATES / "bookstore" / "dbt" / "models"
    return {str(file.relative_to(models)) for file in models.rglob("*") if file.suffix in (".sql", ".py")}
