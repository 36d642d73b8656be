"""Several schemas, versions, snapshots, views over files: listed, found by name, readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.shops import Shop, make

SCHEMAS = "{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}\n"
FILES = {
    "dbt/macros/schemas.sql": SCHEMAS,
    "dbt/seeds/prices.csv": "sku,price,changed\na,1,2026-01-01 00:00:00\n",
    "dbt/models/my_mart.sql": "{{ config(schema='marts', materialized='table') }} select 1 as one\n",
    "dbt/models/twin.sql": "{{ config(schema='marts') }} select 1 as one\n",
    "dbt/models/other_twin.sql": "{{ config(schema='apart', alias='twin') }} select 2 as two\n",
    "dbt/models/dim_v1.sql": "{{ config(materialized='table') }} select 1 as a\n",
    "dbt/models/dim_v2.sql": "{{ config(materialized='table') }} select 1 as a, 2 as b\n",
    "dbt/models/sizes.sql": "from read_csv('../data/in/sizes.csv')\n",
    "dbt/models/absolute.sql": "from read_csv('{{ env_var(\"PWD\") }}/data/in/sizes.csv')\n",
    "dbt/models/counted.sql": (
        "{{ config(materialized='incremental') }} select sku, changed from {{ ref('prices') }}\n"
        "{% if is_incremental() %} where changed > (select max(changed) from {{ this }}) {% endif %}\n"
    ),
    "dbt/models/models.yml": """
models:
  - {name: dim, latest_version: 2, versions: [{v: 1}, {v: 2}]}
snapshots:
  - {name: prices_then, relation: ref('prices'), config: {strategy: timestamp, unique_key: sku, updated_at: changed}}
unit_tests:
  - name: only_newer_rows
    model: counted
    overrides: {macros: {is_incremental: true}}
    given:
      - {input: ref('prices'), rows: [{sku: a, changed: 2026-01-01 00:00:00}, {sku: b, changed: 2026-03-01 00:00:00}]}
      - {input: this, rows: [{sku: a, changed: 2026-02-01 00:00:00}]}
    expect: {rows: [{sku: b, changed: 2026-03-01 00:00:00}]}
""",
    "data/in/sizes.csv": "size\n1\n2\n",
    "checks/mart_is_one.sql": "select * from my_mart where one <> 1\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, dict]:
    shop = make(tmp_path_factory.mktemp("schemas"), "schemas", "blank")
    for name, text in FILES.items():
        shop.write(name, text)
    shop.write("dbt/models/absolute.sql", f"from read_csv('{shop.path}/data/in/sizes.csv')\n")
    return shop, shop.dev()


def test_versions_and_snapshots_are_in_the_list_of_tables(built: tuple[Shop, dict]) -> None:
    names = {table["name"] for table in built[1]["tables"]}
    assert {"main.dim_v1", "main.dim_v2", "main.prices_then", "marts.my_mart"} <= names


def test_an_incremental_unit_test_passes_in_a_new_project(built: tuple[Shop, dict]) -> None:
    """dbt asks for `run --empty` first; the verdict is that of a project whose table exists."""
    assert built[1]["dbt"]["tests_passed"] == 1
    assert built[1]["dbt"]["tests_failed"] == 0


def test_such_a_unit_test_that_fails_stops_the_first_run(tmp_path: Path) -> None:
    shop = make(tmp_path, "failing", "blank")
    for name in ("dbt/seeds/prices.csv", "dbt/models/counted.sql"):
        shop.write(name, FILES[name])
    shop.write("dbt/models/models.yml", "unit_tests:" + FILES["dbt/models/models.yml"].split("unit_tests:")[1])
    model = shop.path / "dbt/models/counted.sql"
    model.write_text(model.read_text().replace(">", "<"))
    answer = shop.sbdk("dev")
    assert answer.code == 1
    assert "only_newer_rows" in answer.err
    assert not shop.published.exists()
    model.write_text(FILES["dbt/models/counted.sql"])
    assert shop.dev("--full-refresh")["dbt"]["tests_passed"] == 1


def test_a_name_without_a_schema_is_found_where_only_one_schema_has_it(built: tuple[Shop, dict]) -> None:
    shop = built[0]
    assert shop.sbdk("query", "from my_mart", "--format", "csv").out.split() == ["one", "1"]
    answer = shop.sbdk("query", "from twin")
    assert answer.code == 1
    assert "apart.twin or marts.twin" in answer.err


def test_views_over_files_are_published_and_read_as_far_as_the_configuration_says(
    built: tuple[Shop, dict], tmp_path: Path
) -> None:
    shop = built[0].copy(tmp_path / "schemas")
    for view in ("sizes", "absolute"):
        answer = shop.sbdk("query", f"select sum(size) as s from {view}")
        assert answer.code != 0
        assert "query.folders" in answer.err
    shop.configure(query={"folders": ["data/in"]})
    assert shop.sbdk("query", "select sum(size) as s from sizes", "--format", "csv").out.split() == ["s", "3"]
    answer = shop.sbdk("query", "from read_text('sbdk_config.json')")
    assert answer.code != 0
    assert shop.sbdk("query", f"from read_text('{shop.path}/data/in/../../sbdk_config.json')").code != 0


def test_a_view_that_cannot_be_read_is_named_with_its_file(built: tuple[Shop, dict], tmp_path: Path) -> None:
    shop = built[0].copy(tmp_path / "schemas")
    shop.write("dbt/models/gone.sql", "{{ config(post_hook='drop table main.kept') }} select * from main.kept\n")
    shop.write("dbt/dbt_project.yml", (shop.path / "dbt/dbt_project.yml").read_text()
               + '\non-run-start: ["create or replace table main.kept as select 1 as one"]\n')  # fmt: skip
    answer = shop.sbdk("dev")
    assert answer.code == 1
    assert "dbt/models/gone.sql" in answer.err
    assert "main.gone" in answer.err
