"""A bookstore project as a user drives it: a day passes, features are exported, a books file of one's own is bad."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.core.errors import TransformError
from support.book_worker import NAME, start_on
from support.shops import initialised, sbdk
from support.template_worker import TEMPLATES, copy_template

OWN_BOOKS = """
import dlt
import pyarrow
import pyarrow.csv
import sbdk

AS_TEXT = pyarrow.csv.ConvertOptions(column_types={"isbn": pyarrow.string()})


@dlt.resource(name="books", primary_key="book_id", write_disposition="replace")
def books():
    for path in sbdk.local_files("own/books.csv"):
        yield pyarrow.csv.read_csv(path, convert_options=AS_TEXT)
"""


@dataclass(frozen=True)
class Books:
    """A project folder made from the bookstore template."""

    path: Path

    def sbdk(self, *words: str) -> tuple[int, Any]:
        """Exit code, and the object that a command prints with --json."""
        done = sbdk(*words, "--json", cwd=self.path)
        return done.code, json.loads(done.out)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path / "data" / "dev.duckdb"), read_only=True) as connection:
            found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    books = Books(initialised("books", "bookstore").copy(tmp_path_factory.mktemp("books") / "books").path)
    config = books.path / "sbdk_config.json"
    volume = {"start_date": "2025-01-01", "end_date": "2026-01-01", "data_volume": {"sales": 400}}
    config.write_text(json.dumps({**json.loads(config.read_text()), **volume}))
    code, told = books.sbdk("dev")
    assert (code, told["dbt"]["tests_passed"] >= 50, told["dbt"]["tests_warned"]) == (0, True, 0), told
    return books


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    return Books(Path(shutil.copytree(made.path, tmp_path / "books")))


def test_a_day_passes(books: Books) -> None:
    code, told = books.sbdk("dev", "--advance", "3d")
    assert code == 0, told
    assert books.rows("select max(feature_date)::varchar from ml_features.demand_forecasting_features") == [
        ("2026-01-03",)
    ]
    assert books.rows("select distinct as_of_date::varchar from ml_features.book_features") == [("2026-01-04",)]
    ((sold, facts),) = books.rows(
        "select (select count(*) from raw.sales), (select count(*) from analytics.fact_sales)"
    )
    assert sold == facts > 400


def test_features_leave_as_parquet(made: Books, tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    sql = "from ml_features.demand_forecasting_features order by book_id, feature_date"
    code, told = made.sbdk("query", sql, "--out", str(path))
    ((count,),) = made.rows("select count(*) from ml_features.demand_forecasting_features")
    assert (code, told["rows"]) == (0, count)
    assert duckdb.sql(f"from read_parquet('{path}')").fetchall() == made.rows(sql)


def test_books_of_ones_own_without_their_publisher_stop_the_run(books: Books) -> None:
    before = books.rows("from raw.books order by book_id")
    assert sbdk("generate", "books", "--format", "csv", "--out", "own", cwd=books.path).code == 0
    file = books.path / "own" / "books.csv"
    good = file.read_text()
    lines = good.splitlines()
    assert lines[1].count('"PUB_') == 1
    stranger = lines[1].replace('"PUB_', '"PUB_9', 1)
    file.write_text("\n".join([lines[0], stranger, *lines[2:]]) + "\n")
    (books.path / "pipelines" / "books.py").write_text(OWN_BOOKS)
    code, told = books.sbdk("dev", "--full-refresh")
    error = told["error"]
    assert (code, "stg_books_publisher_exists" in error["message"]) == (1, True), error
    (kept,) = books.path.glob(".sbdk/runs/*/failures/stg_books_publisher_exists.jsonl")
    assert str(kept.parent) in error["hint"]
    assert "PUB_9" in kept.read_text()
    assert books.rows("from raw.books order by book_id") == before
    file.write_text(good)
    code, told = books.sbdk("dev", "--full-refresh")
    assert code == 0, told["error"]
    assert books.rows("select count(*) from analytics.dim_books") == [(len(before),)]


def test_names_that_break_the_rules_are_found(made: Books, tmp_path: Path) -> None:
    check = (TEMPLATES / "bookstore" / "checks" / "names_follow_the_rules.sql").read_text()
    columns = {
        "unitsSold": "bigint",
        "sold": "timestamp",
        "sold_at": "date",
        "day": "date",
        "shop_id": "bigint",
        "x_date": "int",
    }
    path = Path(shutil.copy(made.path / "data" / "dev.duckdb", tmp_path / "dev.duckdb"))
    with duckdb.connect(str(path)) as connection:
        assert connection.execute(check).fetchall() == []
        listed = ", ".join(f'"{name}" {data_type}' for name, data_type in columns.items())
        connection.execute(f"create table analytics.dim_shops ({listed}, shop_name text, opened_at timestamp)")
        connection.execute('create table staging."stgShops" (opened_at timestamp)')
        found = {row[2] for row in connection.execute(check).fetchall()}
    assert found == {*columns, "opened_at"}


def test_a_model_cannot_be_built_among_the_raw_tables(tmp_path: Path) -> None:
    dbt = copy_template("bookstore", tmp_path / "project")
    (dbt / "models" / "staging" / "better_sales.sql").write_text("{{ config(schema='raw') }} select 1 as sale_id")
    with (
        start_on(dbt, tmp_path, tmp_path / NAME) as worker,
        pytest.raises(TransformError, match="better_sales: the schema raw is read-only to models"),
    ):
        worker.wait_parsed()
