"""Rows that nothing can make again stay, and what a run has made is not dropped: as with plain dlt and plain dbt."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import plain
from support.shops import Shop, make

ARROW = """
import dlt
import pyarrow as pa


@dlt.resource(name="raw_regions", write_disposition="replace")
def raw_regions():
    yield pa.table({"code": ["n", "s", "w"], "size": [1, 2, 3]})
"""
SCHEMAS = "{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}\n"
SNAPSHOT = """
snapshots:
  - name: prices_then
    relation: ref('prices')
    config: {strategy: timestamp, unique_key: sku, updated_at: changed}
"""
KEPT = """
{{ config(materialized='incremental', full_refresh=false) }}
select sku, price, changed from {{ ref('prices') }}
{% if is_incremental() %} where changed > (select max(changed) from {{ this }}) {% endif %}
"""


def prices(*rows: str) -> str:
    return "\n".join(["sku,price,changed", *rows]) + "\n"


FIRST = prices("a,1,2026-01-01 00:00:00", "b,5,2026-01-01 00:00:00")
SECOND = prices("a,2,2026-02-01 00:00:00")


def test_a_seed_that_becomes_a_pipeline_has_the_rows_of_the_pipeline(tmp_path: Path) -> None:
    shop = make(tmp_path, "regions", "blank")
    seed = shop.write("dbt/seeds/raw_regions.csv", "code,label\nx,old\n")
    shop.write("dbt/seeds/seeds.yml", "seeds: [{name: raw_regions, config: {schema: raw}}]\n")
    shop.write("dbt/macros/schemas.sql", SCHEMAS)
    shop.write("dbt/models/sized.sql", "select count(*) as regions from {{ ref('raw_regions') }}\n")
    shop.dev()
    assert shop.query("select label from raw.raw_regions") == [("old",)]
    refreshed = shop.copy(tmp_path / "refreshed")

    for each, options in ((shop, ()), (refreshed, ("--full-refresh",))):
        each.write("pipelines/regions.py", ARROW)
        each.write("dbt/models/sized.sql", "select count(*) as regions from raw.raw_regions\n")
        (each.path / seed.relative_to(shop.path)).unlink()
        (each.path / "dbt/seeds/seeds.yml").unlink()
        told = each.dev(*options)
        assert {"name": "raw.raw_regions", "rows": 3} in told["tables"]
        assert each.query("select regions from sized") == [(3,)]
    assert plain.dlt(shop.path / "pipelines/regions.py", tmp_path / "plain.duckdb", "raw_regions").code == 0
    right = plain.tables(tmp_path / "plain.duckdb")["raw.raw_regions"]
    assert plain.tables(shop.published)["raw.raw_regions"] == right
    assert plain.tables(refreshed.published)["raw.raw_regions"] == right


def test_a_table_of_a_pipeline_and_of_dbt_is_refused_by_name(tmp_path: Path) -> None:
    shop = make(tmp_path, "regions", "blank")
    shop.write("dbt/seeds/raw_regions.csv", "code,label\nx,old\n")
    shop.write("dbt/seeds/seeds.yml", "seeds: [{name: raw_regions, config: {schema: raw}}]\n")
    shop.write("dbt/macros/schemas.sql", SCHEMAS)
    shop.write("pipelines/regions.py", ARROW)
    answer = shop.sbdk("dev")
    assert answer.code == 1
    assert "raw.raw_regions is filled by a pipeline and made by the seed raw_regions" in answer.err


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Path]:
    """A project whose snapshot and kept model hold rows that their source has no longer, and the database of plain dbt
    after the same builds and a full refresh."""
    parent = tmp_path_factory.mktemp("grown")
    shop, database = make(parent, "prices", "blank"), parent / "plain" / "dev.duckdb"
    database.parent.mkdir()
    shop.write("dbt/models/prices.yml", SNAPSHOT)
    shop.write("dbt/models/kept.sql", KEPT)
    shop.write("dbt/models/latest.sql", "select * from {{ ref('prices_then') }} where dbt_valid_to is null\n")
    for rows in (FIRST, SECOND):
        shop.write("dbt/seeds/prices.csv", rows)
        shop.dev()
        answer = plain.dbt(shop.path / "dbt", database, "build")
        assert answer.code == 0, answer
    assert plain.dbt(shop.path / "dbt", database, "build", "--full-refresh").code == 0
    return shop, database


def test_a_full_refresh_keeps_snapshots_and_models_that_say_so(grown: tuple[Shop, Path], tmp_path: Path) -> None:
    shop, database = grown[0].copy(tmp_path / "prices"), grown[1]
    told = shop.dev("--full-refresh")
    right = plain.tables(database)
    assert len(right["main.prices_then"][1]) == 3
    assert len(right["main.kept"][1]) == 3
    assert plain.tables(shop.published) == right
    assert {"name": "main.prices_then", "rows": 3} in told["tables"]


def test_a_damaged_file_is_not_refreshed_over_the_rows_of_a_snapshot(grown: tuple[Shop, Path], tmp_path: Path) -> None:
    shop = grown[0].copy(tmp_path / "prices")
    content = bytearray(shop.published.read_bytes())
    content[len(content) // 2] ^= 0xFF
    shop.published.write_bytes(content)
    answer = shop.sbdk("dev", "--full-refresh")
    assert answer.code == 1
    assert "main.prices_then" in answer.err
    assert shop.sbdk("rollback").code == 0
    assert len(shop.query("from prices_then")) == 3


def test_the_history_of_a_snapshot_stays_when_its_file_goes(grown: tuple[Shop, Path], tmp_path: Path) -> None:
    shop = grown[0].copy(tmp_path / "prices")
    before = shop.query("from prices_then order by all")
    (shop.path / "dbt/models/prices.yml").unlink()
    (shop.path / "dbt/models/latest.sql").unlink()
    shop.dev()
    shop.dev("--full-refresh")
    assert shop.query("from prices_then order by all") == before


def test_a_model_that_becomes_a_snapshot_of_its_name_is_the_snapshot(grown: tuple[Shop, Path], tmp_path: Path) -> None:
    shop = make(tmp_path, "turned", "blank")
    shop.write("dbt/seeds/prices.csv", FIRST)
    model = shop.write("dbt/models/prices_then.sql", "{{ config(materialized='table') }} from {{ ref('prices') }}\n")
    shop.dev()
    model.unlink()
    refreshed = shop.copy(tmp_path / "refreshed")
    for each, options in ((shop, ()), (refreshed, ("--full-refresh",))):
        each.write("dbt/models/prices.yml", SNAPSHOT)
        told = each.dev(*options)
        assert {"name": "main.prices_then", "rows": 2} in told["tables"]
        assert each.query("select sku, dbt_valid_to from prices_then order by 1") == [("a", None), ("b", None)]


def test_when_the_last_model_goes_its_tables_go(tiny_built: Shop) -> None:
    (tiny_built.path / "dbt/models/doubled.sql").unlink()
    told = tiny_built.dev()
    assert [table["name"] for table in told["tables"]] == ["raw.things"]
    assert tiny_built.query("select view_name from duckdb_views() where view_name = 'doubled'") == []
    model = tiny_built.write("dbt/models/doubled.sql", "select id, 2 * size as size from raw.things\n")
    tiny_built.dev()
    assert tiny_built.query("select count(*) from doubled") == [(5,)]
    assert model.exists()


def test_a_project_without_models_is_up_to_date_after_its_first_run(tmp_path: Path) -> None:
    shop = make(tmp_path, "plain", "blank")
    shop.write("data/a.json", '[{"id": 1}]')
    shop.write(
        "pipelines/things.py",
        "import json, dlt, sbdk\n\n\n"
        "@dlt.resource\ndef things():\n"
        "    for path in sbdk.local_files('data/*.json'):\n        yield json.loads(path.read_text())\n",
    )
    assert shop.dev()["status"] == "success"
    assert shop.dev()["status"] == "up_to_date"
    assert shop.sbdk("dev").code == 0
    assert shop.sbdk("runs", "--json").code == 0
