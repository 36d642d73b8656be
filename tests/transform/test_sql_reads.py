"""What a statement reads: words, files, the catalog, and what nobody can know beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sbdk.transform.worker_process.sql_reads import Reads, add_jinja, add_python, add_sql

NOTHING = Path("/nowhere")


def read(sql: str, folder: Path = NOTHING, *, decides: bool = True) -> Reads:
    reads = Reads()
    add_sql(reads, sql, str(folder), decides=decides)
    return reads


@pytest.mark.parametrize(
    ("sql", "unknown"),
    [
        ("select current_date", True),
        ("select now()", True),
        ("select now", False),
        ("select 'now()' as text -- now()", False),
        ("select 1 /* random() */", False),
        ("select age(born)", True),
        ("select age(day, born)", False),
        ("select date_diff('year', born, current_date)", True),
        ("from t using sample 10", True),
        ("from read_csv('x.csv')", False),
        ("from read_csv(['x.csv', 'y.csv'], header = true)", False),
        ("from read_csv('a' || '.csv')", True),
        ("from query_table('raw' || '.t')", True),
        ("from query('select * from raw.t')", False),
        ("from read_parquet('s3://bucket/t.parquet')", True),
        ("from 'https://example.com/t.csv'", True),
        ("select nextval('ids')", True),
        ("select getvariable('x')", True),
    ],
)
def test_what_may_differ_from_run_to_run(sql: str, unknown: bool) -> None:
    assert read(sql).unknown is unknown
    assert read(sql, decides=False).unknown is (sql.startswith(("from 'https", "from read_parquet('s3")))


@pytest.mark.parametrize(
    ("sql", "catalog"),
    [
        ("select table_name from information_schema.tables", True),
        ("from duckdb_tables()", True),
        ("show tables", True),
        ("describe raw.t", True),
        ("select column_name from system.information_schema.columns where table_name = 't'", False),
        ("select information from t", False),
    ],
)
def test_what_asks_which_tables_there_are(sql: str, catalog: bool) -> None:
    assert read(sql).catalog is catalog


def test_names_are_words_of_the_statement_but_not_of_its_comments() -> None:
    reads = read("select * from raw.events_a, \"odd name\", query('from raw.events_b') -- events_c")
    assert reads.names({"events_a", "events_b", "events_c", "odd name", "event"}) == [
        "events_a",
        "events_b",
        "odd name",
    ]


def test_files_are_literals_that_match_something_or_may(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "dbt").mkdir()
    (tmp_path / "data/x.csv").write_text("i\n1\n")
    reads = read("from read_csv('../data/x.csv'), read_csv('../data/*.csv'), read_csv('gone.csv')", tmp_path / "dbt")
    assert reads.patterns == {str(tmp_path / "data/x.csv"), str(tmp_path / "data/*.csv")}
    assert read("select 'x' as x, '*' as star, 'why?' as question", tmp_path).patterns == set()
    assert read("from '../data/x.csv'", tmp_path / "dbt").patterns == {str(tmp_path / "data/x.csv")}


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("def model(dbt, session):\n    return dbt.ref('a')", False),
        ("def model(dbt, session):\n    return session.sql('select 1')", False),
        ("def model(dbt, session):\n    return session.sql(f'select {x}')", True),
        ("def model(dbt, session):\n    return open('x').read()", True),
        ("def model(dbt, session):\n    return datetime.now()", True),
        ("import requests", True),
    ],
)
def test_python_models(code: str, unknown: bool) -> None:
    reads = Reads()
    add_python(reads, code, str(NOTHING))
    assert reads.unknown is unknown


@pytest.mark.parametrize(
    ("text", "unknown", "catalog"),
    [
        ("select '{{ run_started_at }}'", True, False),
        ("{% set r = adapter.get_relation(database, schema, 'x') %}", False, True),
        ("{{ modules.datetime.datetime.now() }}", True, False),
        ("{{ dbt_utils.union_relations(dbt_utils.get_relations_by_pattern('raw', 'e%')) }}", False, True),
        ("{{ ref('a') }}", False, False),
    ],
)
def test_templates(text: str, unknown: bool, catalog: bool) -> None:
    reads = Reads()
    add_jinja(reads, text)
    assert (reads.unknown, reads.catalog) == (unknown, catalog)
