"""Errors whose way out is a command or a setting: it is followed here, and the project builds again."""

from __future__ import annotations

from support.shops import Shop

RESOURCE = """import dlt
import pyarrow as pa


@dlt.resource(name="things", primary_key="id", write_disposition="append")
def things():
    yield pa.table({"id": [9], "size": [90]})
"""


def test_a_seed_that_is_renamed_in_letter_case(tiny_built: Shop) -> None:
    seed = tiny_built.write("dbt/seeds/countries.csv", "id,name\n1,a\n")
    tiny_built.dev()
    seed.rename(seed.with_name("Countries.csv"))
    failed = tiny_built.sbdk("dev")
    assert (failed.code, "other letters" in failed.err, "delete" in failed.err) == (1, True, False), failed
    assert "dbt/seeds/Countries.csv" in failed.err
    assert "`sbdk dev --full-refresh`" in failed.err
    tiny_built.dev("--full-refresh")
    assert tiny_built.query("select table_name from duckdb_tables() where table_name ilike 'countries'") == [
        ("Countries",)
    ]


def test_arrow_rows_after_rows_of_dicts(tiny_built: Shop) -> None:
    tiny_built.write("pipelines/things.py", RESOURCE)
    failed = tiny_built.sbdk("dev")
    assert (failed.code, "things: its rows came as dicts" in failed.err) == (1, True), failed
    variables = [word.strip(",;") for word in failed.err.split() if "PARQUET_NORMALIZER" in word]
    tiny_built.write(".env", "\n".join(variables) + "\n")
    tiny_built.dev()
    found = tiny_built.query(
        "select id, _dlt_load_id is null or _dlt_id is null from raw.things where id > 4 order by id"
    )
    assert found == [(5, False), (9, False)]
