"""At least five plausible wrong lines of each retail model: they build without the tests, and the score is less.

The project is a small day with much dirt, made and loaded through the command line.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sbdk.app.score import score_project
from sbdk.project import Project
from sbdk.run.dbt_workers import variables
from sbdk.transform import Worker
from support.retail_shop import SMALL, Apparel
from support.retail_wrong_sql import WRONG
from support.template_worker import TEMPLATES

pytestmark = pytest.mark.faults
LINES = [(file, number) for file, changes in WRONG.items() for number in range(len(changes))]


@dataclass(frozen=True)
class Built:
    """A project after a right run, and a worker on its dbt."""

    shop: Apparel
    worker: Worker

    @property
    def published(self) -> Path:
        return self.shop.path / "data" / "dev.duckdb"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("wrong")
    shop = Apparel.make(folder, **SMALL)
    assert shop.sbdk("dev")["status"] == "success"
    assert shop.sbdk("score")["score"] == 100
    dbt, environment = shop.path / "dbt", {**os.environ, "DBT_INDIRECT_SELECTION": "empty"}
    with Worker.start(
        sys.executable, dbt, dbt, folder / "target", folder / "worker.log", "dev", environment,
        database=folder / "dev.duckdb", variables=variables(Project(shop.path).loaded, None), threads=2,
    ) as worker:  # fmt: skip
        yield Built(shop, worker)


@pytest.mark.parametrize(("place", "number"), LINES, ids=[f"{Path(place).stem}-{number}" for place, number in LINES])
def test_a_wrong_line_costs_points(built: Built, place: str, number: int, tmp_path: Path) -> None:
    old, new = WRONG[place][number]
    file = built.shop.path / "dbt" / place
    right = file.read_text()
    assert old in right
    database = Path(shutil.copy(built.published, tmp_path / "dev.duckdb"))
    chosen = f"{file.stem}+,resource_type:model" if place.startswith("models") else "resource_type:model"
    try:
        file.write_text(right.replace(old, new))
        result = built.worker.build(database, select=[chosen], full_refresh=True, reparse=True)
    finally:
        file.write_text(right)
    assert result.ok, result.error
    card = score_project(Project(built.shop.path), database=database).card
    assert card.score < 100
    assert all(one.table and one.text for one in card.findings())


def test_each_graded_model_has_at_least_five() -> None:
    dbt = TEMPLATES / "retail" / "dbt"
    models = {
        str(file.relative_to(dbt)) for room in ("gold", "silver") for file in (dbt / "models" / room).glob("*.sql")
    }
    macros = {f"macros/{name}.sql" for name in ("sums", "ledger", "bronze")}
    assert set(WRONG) == models - {"models/silver/conservation.sql"} | macros
    assert all(len(changes) >= 5 for changes in WRONG.values())
