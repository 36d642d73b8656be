"""`dev --retry` goes on from the project as it is now: nothing that failed or was edited is left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.shops import Shop, make

TABLE = "{{ config(materialized='table') }}\n"
FILES = {
    "dbt/seeds/things.csv": "id,size\n1,10\n2,\n",
    "dbt/models/checked.sql": f"{TABLE}select id, size from {{{{ ref('things') }}}}\n",
    "dbt/models/below.sql": f"{TABLE}select count(*) as n from {{{{ ref('checked') }}}}\n",
    "dbt/models/other.sql": f"{TABLE}select 1 as version\n",
    "dbt/models/models.yml": "models: [{name: checked, columns: [{name: size, data_tests: [not_null]}]}]\n",
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make(tmp_path_factory.mktemp("retry"), "retry", "blank")
    for name, text in FILES.items():
        shop.write(name, text)
    answer = shop.sbdk("dev")
    assert answer.code == 1
    assert "not_null" in answer.err
    return shop


def test_a_model_that_was_corrected_is_built_with_what_is_below_and_what_was_edited(
    failed: Shop, tmp_path: Path
) -> None:
    shop = failed.copy(tmp_path / "retry")
    shop.write("dbt/models/checked.sql", f"{TABLE}select id, coalesce(size, 0) as size from {{{{ ref('things') }}}}\n")
    shop.write("dbt/models/other.sql", f"{TABLE}select 2 as version\n")
    told = shop.dev("--retry")
    assert told["stale"] == []
    assert shop.query("select size from checked order by id") == [(10,), (0,)]
    assert shop.query("from below") == [(2,)]
    assert shop.query("from other") == [(2,)]
    assert told["dbt"]["models_built"] == 3
    assert told["dbt"]["tests_passed"] == 1
    assert shop.dev()["status"] == "up_to_date"


def test_without_an_edit_only_what_failed_and_what_is_below_runs_again(failed: Shop, tmp_path: Path) -> None:
    shop = failed.copy(tmp_path / "retry")
    answer = shop.sbdk("dev", "--retry", "--json")
    assert answer.code == 1
    assert answer.object["dbt"]["tests_run"] == 1
    assert answer.object["dbt"]["models_built"] <= 1  # `below`, which was skipped, is skipped again
    assert not shop.published.exists()


def test_a_seed_that_was_corrected_is_loaded_again(failed: Shop, tmp_path: Path) -> None:
    shop = failed.copy(tmp_path / "retry")
    shop.write("dbt/seeds/things.csv", "id,size\n1,10\n2,20\n3,30\n")
    shop.dev("--retry")
    assert shop.query("select sum(size) from checked") == [(60,)]
    assert shop.query("from below") == [(3,)]
