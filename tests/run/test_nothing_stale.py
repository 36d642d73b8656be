"""A run rebuilds what depends on anything that changed, as the executed statements read it; and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support import plain
from support.shops import Shop, make

PIPELINE = """
import json
import dlt
import sbdk


def events(name):
    @dlt.resource(name=f"events_{name}", write_disposition="replace")
    def rows():
        for path in sbdk.local_files(f"data/{name}.json"):
            yield json.loads(path.read_text())

    return rows


events_a, events_b = events("a"), events("b")
"""
# The package is linked as `dbt deps` links one of this machine. Its macro asks the database which tables there are.
ASKING = """
{% macro all_events() %}
  {% if execute %}
    {% set found = run_query("select table_name from information_schema.tables where table_schema = 'raw'"
                             " and starts_with(table_name, 'events_') order by 1") %}
    {% for name in found.columns[0].values() %}
      select id + 0 as id from raw.{{ name }} {{ 'union all' if not loop.last }}
    {% endfor %}
  {% endif %}
{% endmacro %}
"""
FILES = {
    "pipelines/events.py": PIPELINE,
    "data/a.json": json.dumps([{"id": 1}, {"id": 2}]),
    "data/b.json": json.dumps([{"id": 3}]),
    "data/sizes.csv": "size\n1\n2\n",
    "data/more.csv": "size\n10\n",
    "packages/asking/dbt_project.yml": "name: asking\nversion: '1.0'\n",
    "packages/asking/macros/all_events.sql": ASKING,
    "dbt/models/assembled.sql": (
        "{{ config(materialized='table') }}\n{% for name in ['a', 'b'] %}\n"
        "select id from raw.events_{{ name }} {{ 'union all' if not loop.last }}\n{% endfor %}\n"
    ),
    "dbt/models/asked.sql": "{{ config(materialized='table') }} {{ asking.all_events() }}\n",
    "dbt/models/below.sql": "{{ config(materialized='table') }} select count(*) as n from {{ ref('asked') }}\n",
    "dbt/models/from_file.sql": "{{ config(materialized='table') }} from read_csv('../data/sizes.csv')\n",
    "dbt/models/from_source.sql": "{{ config(materialized='table') }} from {{ source('files', 'more') }}\n",
    "dbt/models/apart.sql": "{{ config(materialized='table') }} select 1 as one -- now(), raw.events_a\n",
    "dbt/models/greeting.sql": (
        "{{ config(materialized='table') }} select '{{ env_var('SHOP_' ~ 'GREETING', 'hi') }}' as t\n"
    ),
    "dbt/models/models.yml": """
sources:
  - name: files
    meta: {external_location: "read_csv('../data/{name}.csv')"}
    tables: [{name: more}]
exposures:
  - {name: page, type: dashboard, owner: {email: a@example.com}, depends_on: [ref('below')]}
""",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make(tmp_path_factory.mktemp("reads"), "reads", "blank")
    for name, text in FILES.items():
        shop.write(name, text)
    (shop.path / "dbt/dbt_packages").mkdir()
    (shop.path / "dbt/dbt_packages/asking").symlink_to("../../packages/asking", target_is_directory=True)
    shop.write("dbt/packages.yml", "packages: [{local: ../packages/asking}]\n")
    shop.dev()
    return shop


@pytest.fixture
def reads(built: Shop, tmp_path: Path) -> Shop:
    return built.copy(tmp_path / "reads")


def same_as_plain(shop: Shop, folder: Path) -> None:
    """Every table of dbt is the one that plain dbt builds from the same raw tables, from nothing."""
    import duckdb

    database = folder / "plain" / "dev.duckdb"
    database.parent.mkdir(exist_ok=True)
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{shop.published}' as published (read_only)")
        connection.execute("create schema raw")
        for name in ("events_a", "events_b"):
            connection.execute(f"create table raw.{name} as from published.raw.{name}")
    answer = plain.dbt(shop.path / "dbt", database, "build")
    assert answer.code == 0, answer
    right = {name: rows for name, rows in plain.tables(database).items() if name.startswith("main.")}
    assert {name: rows for name, rows in plain.tables(shop.published).items() if name.startswith("main.")} == right


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
    assert told["dbt"]["models_built"] == 1
    reads.write("data/more.csv", "size\n10\n20\n")
    told = reads.dev()
    assert reads.query("select size from from_source order by 1") == [(10,), (20,)]
    assert told["dbt"]["models_built"] == 1
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
