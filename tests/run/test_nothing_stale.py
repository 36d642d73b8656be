"""A run rebuilds what depends on anything that changed, as the executed statements read it; and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support.reading_project import FILES, reading_project, same_as_plain
from support.shops import Shop


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = reading_project(tmp_path_factory.mktemp("reads"))
    shop.dev()
    return shop


@pytest.fixture
def reads(built: Shop, tmp_path: Path) -> Shop:
    return built.copy(tmp_path / "reads")


def test_after_a_build_nothing_is_left_to_do(reads: Shop) -> None:
    """Two resources of one function, files that pipelines and models read, a package, an exposure: all are known."""
    assert reads.dev()["status"] == "up_to_date"


def test_raw_tables_under_assembled_names_and_those_that_a_package_asks_for(reads: Shop, tmp_path: Path) -> None:
    reads.write("data/a.json", json.dumps([{"id": 7}, {"id": 8}, {"id": 9}]))
    told = reads.dev()
    assert reads.query("select id from assembled order by 1") == [(3,), (7,), (8,), (9,)]
    assert reads.query("select n from below") == [(4,)]
    assert told["dbt"]["models_built"] == 3
    same_as_plain(reads, tmp_path)


def test_content_decides_not_size_and_time(reads: Shop) -> None:
    file = reads.path / "data/b.json"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    file.write_text(json.dumps([{"id": 4}]))
    os.utime(file, ns=times)
    sizes = reads.path / "data/sizes.csv"
    times = (sizes.stat().st_atime_ns, sizes.stat().st_mtime_ns)
    sizes.write_text("size\n1\n5\n")
    os.utime(sizes, ns=times)
    reads.dev()
    assert reads.query("select id from assembled order by 1") == [(1,), (2,), (4,)]
    assert reads.query("select size from from_file order by 1") == [(1,), (5,)]


def test_files_that_models_read(reads: Shop, tmp_path: Path) -> None:
    reads.write("data/sizes.csv", "size\n1\n2\n3\n")
    told = reads.dev()
    assert reads.query("select size from from_file order by 1") == [(1,), (2,), (3,)]
    assert told["dbt"]["models_built"] == 3  # with what asks the database which tables there are, and what is below
    reads.write("data/more.csv", "size\n10\n20\n")
    told = reads.dev()
    assert reads.query("select size from from_source order by 1") == [(10,), (20,)]
    assert told["dbt"]["models_built"] == 3
    same_as_plain(reads, tmp_path)


def test_a_macro_of_a_package_and_a_variable_of_an_assembled_name(reads: Shop) -> None:
    macro = reads.path / "packages/asking/macros/all_events.sql"
    macro.write_text(macro.read_text().replace("id + 0", "id + 100"))
    reads.dev()
    assert reads.query("select id from asked order by 1") == [(101,), (102,), (103,)]
    reads.dev(SHOP_GREETING="good day")
    assert reads.query("from greeting") == [("good day",)]


def test_vars_of_the_configuration_and_of_the_command_line(reads: Shop) -> None:
    reads.write("dbt/models/apart.sql", "{{ config(materialized='table') }} select {{ var('days') }} as days\n")
    answer = reads.sbdk("dev")
    assert answer.code == 1
    assert "'days'" in answer.err
    reads.configure(vars={"days": 7})
    reads.dev()
    assert reads.query("from apart") == [(7,)]
    reads.dev("--vars", "days: 9")
    assert reads.query("from apart") == [(9,)]
    reads.dev()
    assert reads.query("from apart") == [(7,)]
    assert reads.sbdk("dev", "--vars", "7").code == 2


def test_what_reads_the_time_is_built_by_every_run(reads: Shop) -> None:
    reads.write("dbt/models/moment.sql", "{{ config(materialized='table') }} select now() as at\n")
    reads.write("dbt/models/later.sql", "{{ config(materialized='table') }} from {{ ref('moment') }}\n")
    reads.dev()
    (first,) = reads.query("from later")
    told = reads.dev()
    assert told["dbt"]["models_built"] == 4  # with what asks the database which tables there are, and what is below
    assert reads.query("from later") > [first]


def test_hooks_that_fill_tables_are_followed(reads: Shop) -> None:
    """A table that a hook makes of a raw table, a view and a macro of DuckDB's that a hook creates."""
    project = reads.path / "dbt/dbt_project.yml"
    hooks = [
        "create or replace table summed as select sum(id) as total from raw.events_a",
        "create or replace view glimpse as select max(id) as top from raw.events_b",
        "create or replace macro smallest() as table select min(id) as least from raw.events_a",
    ]
    project.write_text(f"{project.read_text()}\non-run-start: {json.dumps(hooks)}\n")
    reads.write("dbt/models/apart.sql", "{{ config(materialized='table') }} from summed, glimpse, smallest()\n")
    reads.dev()
    assert reads.query("from apart") == [(3, 3, 1)]
    reads.write("data/a.json", json.dumps([{"id": 20}, {"id": 22}]))
    reads.dev()
    assert reads.query("from apart") == [(42, 3, 20)]
    reads.write("data/b.json", json.dumps([{"id": 5}]))
    reads.dev()
    assert reads.query("from apart") == [(42, 5, 20)]


def test_a_comment_in_a_leaf_builds_that_model_alone(reads: Shop) -> None:
    """Though another model reads `graph`, and a third one asks the database which tables there are."""
    reads.write(
        "dbt/models/counted.sql",
        "{{ config(materialized='table') }} select {{ graph.nodes.values() | list | length if execute else 0 }} as n\n",
    )
    reads.dev()
    reads.write("dbt/models/from_file.sql", f"{FILES['dbt/models/from_file.sql']}-- a comment\n")
    told = reads.dev()
    assert told["dbt"]["models_built"] <= 3  # itself, and what asks for all tables with what is below that
    reads.write("dbt/models/new.sql", "select 1 as one\n")
    before = reads.query("from counted")
    reads.dev()
    assert reads.query("from counted") == [(before[0][0] + 1,)]
