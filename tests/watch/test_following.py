"""`sbdk start` on a project that is being edited, one process throughout. Each test leaves the project as it was."""

from __future__ import annotations

import re
import time

from support.shops import Shop, sbdk
from support.started import Started, read
from support.tiny_shop import FILES

MODEL = "dbt/models/doubled.sql"


def sizes(shop: Shop, table: str) -> list[int]:
    return [size for (size,) in shop.query(f"select size from {table} order by id")]


def test_an_edited_model_is_built_with_its_children_and_tests(started: Started) -> None:
    line = started.edit(MODEL, FILES[MODEL].replace("2 *", "3 *"))
    assert "3 models, 1 test" in line
    assert sizes(started.shop, "doubled") == [30, 60, 90, 120, 150]
    assert sizes(started.shop, "named") == [15, 30, 45, 60, 75]
    line = started.edit(MODEL, FILES[MODEL])
    assert sizes(started.shop, "named") == [10, 20, 30, 40, 50]
    assert "row" not in line  # the source was not asked again


def test_rows_that_an_incremental_model_made_by_its_old_sql_are_made_anew(started: Started) -> None:
    started.edit("dbt/models/grown.sql", FILES["dbt/models/grown.sql"].replace("+ 1", "+ 5"))
    assert sizes(started.shop, "grown") == [25, 45, 65, 85, 105]
    started.edit("dbt/models/grown.sql", FILES["dbt/models/grown.sql"])


def test_an_edited_check_runs_alone(started: Started) -> None:
    name = "checks/small.sql"
    assert re.search(r"✓ 1 check  ", started.edit(name, FILES[name] + "-- a word\n"))
    failed = started.edit(name, "select * from doubled where size > 90\n")
    assert "check failed; the last good build stays" in failed
    assert "found 1 row" in started.wait_for("check small")
    started.edit(name, FILES[name])


def test_a_new_test_is_run_without_building_its_model(started: Started) -> None:
    name = "dbt/models/models.yml"
    line = started.edit(name, FILES[name].replace("[not_null]", "[not_null, unique]"))
    assert re.search(r"✓ 1 test,", line)
    started.edit(name, FILES[name])


def test_an_edited_pipeline_loads_and_builds_what_reads_its_tables(started: Started) -> None:
    name = "pipelines/things.py"
    line = started.edit(name, FILES[name].replace("* 10", "* 20"))
    assert re.search(r"5 rows, 3 models, 1 test,", line), line  # `apart` and its test stay as they are
    assert sizes(started.shop, "doubled") == [40, 80, 120, 160, 200]
    started.edit(name, FILES[name])


def test_a_broken_model_is_told_with_its_line_and_the_last_good_build_stays(started: Started) -> None:
    before = started.shop.published.read_bytes()
    line = started.edit("dbt/models/apart.sql", "select\n  nonsense\n")
    assert "transform failed; the last good build stays" in line
    started.wait_for(r"dbt/models/apart\.sql")
    assert 'Referenced column "nonsense" was not found' in started.wait_for("nonsense")
    assert started.shop.published.read_bytes() == before
    started.edit("dbt/models/apart.sql", FILES["dbt/models/apart.sql"])
    assert started.shop.query("select id from apart") == [(7,)]


def test_broken_python_yaml_and_configuration_are_told_and_mended(started: Started) -> None:
    started.edit("pipelines/things.py", FILES["pipelines/things.py"] + "\ndef broken(:\n")
    assert started.wait_for(r"things\.py:\d+")
    started.edit("pipelines/things.py", FILES["pipelines/things.py"])
    started.edit("dbt/models/models.yml", "models: [")
    assert started.wait_for(r"dbt/models/models\.yml")
    started.edit("dbt/models/models.yml", FILES["dbt/models/models.yml"])
    config = read(started.shop.path / "sbdk_config.json")
    started.edit("sbdk_config.json", "{")
    assert "not JSON" in started.wait_for("not JSON")
    assert "up to date" in started.edit("sbdk_config.json", config)


def test_the_table_of_a_deleted_or_renamed_model_goes(started: Started) -> None:
    started.edit("dbt/models/passing.sql", "{{ config(materialized='table') }}\nselect 1 as id\n")
    assert started.shop.query("select * from passing") == [(1,)]
    (started.shop.path / "dbt/models/passing.sql").rename(started.shop.path / "dbt/models/lasting.sql")
    started.wait_for(r"passing\.sql")
    names = {name for (name,) in started.shop.query("select table_name from duckdb_tables() where not internal")}
    assert "lasting" in names
    assert "passing" not in names
    (started.shop.path / "dbt/models/lasting.sql").unlink()
    started.wait_for(r"lasting\.sql")
    names = {name for (name,) in started.shop.query("select table_name from duckdb_tables() where not internal")}
    assert "lasting" not in names


def test_what_runs_and_editors_write_starts_nothing(started: Started) -> None:
    before = started.builds()
    for name in ("dbt/target/x.sql", "dbt/logs/dbt.log", "dbt/models/.doubled.sql.swp", "dbt/models/4913"):
        started.shop.write(name, "select 1")
    for name in ("pipelines/__pycache__/things.pyc", ".sbdk/anything", "data/notes.txt", "dbt/models/doubled.sql~"):
        started.shop.write(name, "x")
    started.shop.write(MODEL, FILES[MODEL])  # saved as it was
    time.sleep(1)
    assert started.builds() == before


def test_a_run_from_another_terminal_and_a_save_get_on_with_each_other(started: Started) -> None:
    started.shop.write(MODEL, FILES[MODEL].replace("2 *", "4 *"))
    answer = sbdk("dev", "--json", cwd=started.shop.path)
    assert answer.code == 0, answer
    started.wait_for("doubled")
    assert sizes(started.shop, "doubled") == [40, 80, 120, 160, 200]
    started.edit(MODEL, FILES[MODEL])
    assert sizes(started.shop, "doubled") == [20, 40, 60, 80, 100]


def test_ctrl_c_ends_it_with_130_and_no_process_stays(started: Started) -> None:
    children = started.children()
    assert children  # the worker that is kept
    assert started.stop() == 130
    assert not [child for child in children if child.is_running() and child.status() != "zombie"]
