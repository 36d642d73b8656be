"""The blank template: an empty project that is whole, and a place to start."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from support.template_worker import NAME, TEMPLATES, copy_template, start_worker

FIRST_MODEL = "select order_id, amount * 2 as doubled from {{ source('raw', 'raw_orders') }}\n"
SOURCES = "sources: [{name: raw, tables: [{name: raw_orders}]}]\n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.raw_orders as select 1 as order_id, 10 as amount")
    return path


def test_dbt_builds_nothing_out_of_nothing_and_then_the_first_model(database: Path, tmp_path: Path) -> None:
    dbt = copy_template("blank", tmp_path / "blank")
    with start_worker(dbt, tmp_path / "work", database) as worker:
        nothing = worker.build(database)
        (dbt / "models" / "doubled.sql").write_text(FIRST_MODEL)
        (dbt / "models" / "sources.yml").write_text(SOURCES)
        first = worker.build(database, reparse=True)
    assert (nothing.ok, nothing.models, nothing.tests) == (True, [], [])
    assert [(model.name, model.status) for model in first.models] == [("doubled", "success")]


@pytest.mark.parametrize("template", ["saas", "blank"])
@pytest.mark.parametrize(
    "folder", ["pipelines", "checks", "plugins", "dbt/models", "dbt/macros", "dbt/seeds", "dbt/tests"]
)
def test_every_template_has_every_folder(template: str, folder: str, tmp_path: Path) -> None:
    copy_template(template, tmp_path / "project")
    assert any((tmp_path / "project" / folder).iterdir()), "git keeps no empty folder"


@pytest.mark.parametrize("template", ["saas", "blank"])
def test_what_is_made_by_running_is_ignored_by_git(template: str, tmp_path: Path) -> None:
    copy_template(template, tmp_path / "project")
    ignored = set((tmp_path / "project" / ".gitignore").read_text().split())
    assert ignored >= {".env", ".sbdk/", "data/", "dbt/target/", "dbt/logs/"}


def test_a_blank_project_has_no_pipeline_no_model_and_no_check() -> None:
    blank = TEMPLATES / "blank"
    assert [*blank.rglob("*.py"), *blank.glob("checks/*.sql"), *blank.glob("dbt/models/**/*.sql")] == []
