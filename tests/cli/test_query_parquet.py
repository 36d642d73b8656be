"""`sbdk query … --out FILE`: every row with its types in a Parquet file, read back by DuckDB, or no file at all."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from support.shops import Shop

TYPES = {
    "whole": "7::integer",
    "amount": "12345678901234567.10::decimal(20, 2)",
    "share": "0.1::double",
    "day": "date '2026-01-02'",
    "moment": "timestamp '2026-01-02 03:04:05.123456'",
    "word": "'ü'",
    "nothing": "null::varchar",
    "yes": "true",
    "parts": "[1, null, 2]",
}


def read(path: Path) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = duckdb.sql(f"from read_parquet('{path}')").fetchall()
    return rows


def test_values_and_types_arrive(tiny_built_once: Shop, tmp_path: Path) -> None:
    columns = ", ".join(f"{expression} as {name}" for name, expression in TYPES.items())
    answer = tiny_built_once.sbdk("query", f"select {columns}", "--out", str(tmp_path / "all.parquet"))
    assert (answer.code, "1 row of 9 columns" in answer.out) == (0, True)
    written = duckdb.sql(f"from read_parquet('{tmp_path / 'all.parquet'}')")
    expected = duckdb.sql(f"select {columns}")
    assert (written.columns, written.types) == (expected.columns, expected.types)
    assert written.fetchall() == expected.fetchall()


def test_more_rows_than_a_table_shows_in_their_order(tiny_built_once: Shop, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    sql = "select range as n from range(300000) order by n desc"
    answer = tiny_built_once.sbdk("query", sql, "--format", "parquet", "--out", str(path), "--json")
    assert answer.object == {"file": str(path), "rows": 300_000, "columns": 1}
    assert read(path) == [(n,) for n in reversed(range(300_000))]


def test_no_rows_are_a_file_with_columns(tiny_built_once: Shop, tmp_path: Path) -> None:
    tiny_built_once.sbdk("query", "select 1 as a where false", "--out", str(tmp_path / "none.parquet"))
    assert duckdb.sql(f"from read_parquet('{tmp_path / 'none.parquet'}')").columns == ["a"]
    assert read(tmp_path / "none.parquet") == []


@pytest.mark.parametrize(
    ("sql", "words"),
    [("select * from nowhere", "nowhere"), ("select 1 as a, 2 as a", "two columns"), ("drop table raw.things", "DROP")],
)
def test_a_statement_that_fails_leaves_the_old_file(
    sql: str, words: str, tiny_built_once: Shop, tmp_path: Path
) -> None:
    path = tmp_path / "kept.parquet"
    assert tiny_built_once.sbdk("query", "select 1 as a", "--out", str(path)).code == 0
    answer = tiny_built_once.sbdk("query", sql, "--out", str(path))
    assert (answer.code, words in answer.err) == (1, True), answer
    assert read(path) == [(1,)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.parquet"]


@pytest.mark.parametrize(
    "options",
    [["--format", "parquet"], ["--format", "csv", "--out", "a.csv"], ["--out", "no/such/a.parquet"], ["--out", "."]],
)
def test_wrong_usage_is_told_before_anything_runs(options: list[str], tiny_built_once: Shop) -> None:
    answer = tiny_built_once.sbdk("query", "select * from nowhere", *options)
    assert (answer.code, "hint" in answer.err, "nowhere" in answer.err) == (2, True, False), answer
