"""A plain dbt project, taken over with one command, gives the tables that plain dbt gives."""

from __future__ import annotations

from pathlib import Path

import yaml

from support import plain
from support.adopted_project import write_project
from support.shops import Shop, sbdk


def test_a_project_with_every_construct_gives_the_tables_of_plain_dbt(tmp_path: Path) -> None:
    original = write_project(tmp_path)
    answer = sbdk("init", "taken", "--from-dbt", str(original), "--json", cwd=tmp_path)
    assert answer.code == 0, answer
    changes = answer.object["changes"]
    assert any("../shared is ../../shared" in change for change in changes)
    assert any("SBDK_DATABASE" in change for change in changes)
    shop = Shop(tmp_path / "taken")
    profile = yaml.safe_load((shop.path / "dbt/profiles.yml").read_text())["plain"]
    assert profile["outputs"]["local"]["threads"] == 2
    told = shop.dev()
    assert told["stale"] == []

    published = shop.path / "data/adopted.duckdb"
    database = tmp_path / "plain" / "adopted.duckdb"
    database.parent.mkdir()
    for arguments in (("build", "--exclude-resource-type", "unit_test"), ("build", "--full-refresh")):
        answer = plain.dbt(shop.path / "dbt", database, *arguments)
        assert answer.code == 0, answer
    right = plain.tables(database)
    assert len(right) >= 22
    found = plain.tables(published)
    assert found.keys() == right.keys()
    assert {name: found[name] for name in right if name != "audit.runs"} == {
        name: rows for name, rows in right.items() if name != "audit.runs"
    }
    assert {table["name"] for table in told["tables"]} >= {
        "main.dim_countries_v1", "main.dim_countries_v2", "main_marts.by_country", "main_history.orders_then",
    }  # fmt: skip
    assert shop.dev()["status"] == "up_to_date"

    answer = shop.sbdk("dbt", "run-operation", "add_note", "--args", "{text: written}")
    assert answer.code == 0, answer
    copied = plain.tables(shop.path / ".sbdk/dbt/adopted.duckdb")
    assert copied["main.notes"][1] == [repr(("written", 3))]
    assert "main.notes" not in plain.tables(published)
    answer = shop.sbdk("dbt", "source", "freshness")
    assert answer.code == 0, answer


def test_a_function_without_macros_for_duckdb_is_refused_as_by_plain_dbt(tmp_path: Path) -> None:
    """dbt-duckdb 1.11 has no macros of its own for functions, and those of dbt are no SQL of DuckDB."""
    original = write_project(tmp_path)
    (original / "macros/functions_of_duckdb.sql").unlink()
    answer = sbdk("init", "taken", "--from-dbt", str(original), cwd=tmp_path)
    assert answer.code == 0, answer
    shop = Shop(tmp_path / "taken")
    refused = plain.dbt(shop.path / "dbt", tmp_path / "adopted.duckdb", "build", "--select", "doubled")
    assert refused.code == 1
    assert "Parser Error" in refused.out
    told = shop.sbdk("dev", "--json")
    assert told.code == 1
    error = told.object["error"]
    assert "doubled" in error["message"]
    assert "Parser Error" in error["message"]


def test_what_is_no_dbt_project_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    answer = sbdk("init", "taken", "--from-dbt", str(tmp_path), cwd=tmp_path)
    assert answer.code == 2
    assert "dbt_project.yml" in answer.err
    assert not (tmp_path / "taken").exists()


def test_an_output_of_another_database_becomes_one_of_duckdb_and_it_is_said(tmp_path: Path) -> None:
    original = write_project(tmp_path)
    outputs = {
        "dev": {"type": "postgres", "host": "db", "user": "me", "password": "x", "schema": "sales", "threads": 3}
    }
    (original / "profiles.yml").write_text(yaml.safe_dump({"plain": {"target": "dev", "outputs": outputs}}))
    answer = sbdk("init", "taken", "--from-dbt", str(original), "--json", cwd=tmp_path)
    assert any("was of type postgres" in change for change in answer.object["changes"])
    output = yaml.safe_load((tmp_path / "taken/dbt/profiles.yml").read_text())["plain"]["outputs"]["dev"]
    assert (output["type"], output["schema"], output["threads"]) == ("duckdb", "sales", 3)
    assert "password" not in output
