"""Every type of DuckDB on its way to every place that shows rows: what arrives is what DuckDB itself says."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from sbdk.app.results import write_csv, write_json, write_parquet
from sbdk.project import QueryResult
from sbdk.quality import keep_rows
from sbdk.report import build_chart
from sbdk.server.dashboard.pages.sql import texts
from sbdk.targets.duckdb.connection import DuckDBConnection
from support.drawing import chart
from support.every_type import JSON, MAX, SELECT, TEXTS, VALUES

ALL = "from test_all_types()"


@pytest.fixture(scope="module")
def session() -> Iterator[DuckDBConnection]:
    with DuckDBConnection(duckdb.connect(":memory:")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def own(session: DuckDBConnection) -> list[tuple[str | None, ...]]:
    """DuckDB's own text of each value of `test_all_types()`."""
    rows: list[tuple[str | None, ...]] = session.raw.execute(
        "select cast(columns(*) as varchar) from test_all_types()"
    ).fetchall()
    return rows


def printed(table: pa.Table) -> list[dict[str, Any]]:
    out = io.StringIO()
    write_json(table, out)
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


def test_the_texts_on_paper_are_duckdbs(session: DuckDBConnection) -> None:
    casts = ", ".join(f"cast({sql} as varchar)" for sql, _, _ in VALUES)
    assert session.raw.execute(f"select {casts}").fetchall() == [TEXTS]


def test_every_page_shows_duckdbs_own_text(session: DuckDBConnection, own: list[Any]) -> None:
    _, rows = texts(session.query(ALL))
    assert rows == [tuple(text and text[:2000] for text in row) for row in own]
    columns, rows = texts(session.query(SELECT))
    assert rows == [TEXTS]
    assert [column["type"] for column in columns][:2] == ["UHUGEINT", "UHUGEINT"]


def test_a_table_of_a_report_shows_duckdbs_own_text(session: DuckDBConnection) -> None:
    def query(sql: str, limit: int | None) -> pa.Table:
        return session.query(sql, limit=limit)

    (row,) = build_chart(chart(sql=SELECT, mark="table"), query).rows
    for (sql, text, _), value in zip(VALUES, row, strict=True):
        if isinstance(value, int | float):
            assert value == (int(Decimal(text)) if isinstance(value, int) else float(text)), sql  # whole from 2^53 on
        elif value is not None and value[10:11] == "T":  # to the millisecond, for scripts
            assert value[:19].replace("T", " ") == text[:19], sql
        else:
            assert value == (None if text in ("nan", "-inf") else text), sql


def test_what_is_drawn_has_no_day_that_a_browser_lacks(session: DuckDBConnection) -> None:
    def query(sql: str, limit: int | None) -> pa.Table:
        return session.query(sql, limit=limit)

    sql = "select unnest([date 'infinity', '2026-01-02', '0044-03-15 (BC)']) as day, 1 as n"
    assert build_chart(chart(sql=sql), query).rows == [(None, 1), ("2026-01-02", 1), (None, 1)]
    assert build_chart(chart(sql=sql, mark="table"), query).rows[0] == ("infinity", 1)


def test_json_holds_every_value(session: DuckDBConnection) -> None:
    assert printed(session.query(SELECT)) == [JSON]


def test_kept_rows_hold_the_same(session: DuckDBConnection, tmp_path: Path) -> None:
    kept = keep_rows(session, SELECT, tmp_path / "rows.jsonl")
    assert kept.sample == [JSON]
    assert json.loads((tmp_path / "rows.jsonl").read_text()) == JSON


def test_json_of_all_types_is_what_duckdb_makes_of_them(session: DuckDBConnection) -> None:
    """Compared with `to_json`, which differs in times (ours are ISO 8601), intervals, BLOBs, unions and tuples."""
    table = session.query('select * exclude (interval, blob, "union", tuple) from test_all_types()')
    names = ", ".join(f'to_json("{name}") as "{name}"' for name in table.column_names)
    expected = session.raw.execute(f"select {names} from test_all_types()").fetchall()
    for row, wanted in zip(printed(table), expected, strict=True):
        for (name, value), text in zip(row.items(), wanted, strict=True):
            assert plain(value) == (None if text is None else plain(json.loads(text))), name


def plain(value: Any) -> Any:
    """Times in one form; NaN and infinity as null; a BIGNUM and a FLOAT as they are read."""
    if isinstance(value, str) and value[10:11] in ("T", " ") and value[:4].isdigit() and "BC" not in value:
        return value.replace("T", " ").replace("+00:00", "+00")
    if isinstance(value, float):
        return None if value != value or abs(value) == float("inf") else pytest.approx(value, rel=1e-7)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX:
        return str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def test_parquet_comes_back(session: DuckDBConnection, own: list[Any], tmp_path: Path) -> None:
    for sql, expected in ((ALL, own), (SELECT, [TEXTS])):
        write_parquet(session.query(sql), tmp_path / "all.parquet")
        back = f"select cast(columns(*) as varchar) from '{tmp_path / 'all.parquet'}'"
        assert session.raw.execute(back).fetchall() == expected


@pytest.mark.parametrize("raw", [True, False])
def test_csv_is_one_record_a_row_and_comes_back(session: DuckDBConnection, raw: bool, tmp_path: Path) -> None:
    """Numbers, texts and times come back by a cast of the column; lists and maps are JSON, a BLOB is hexadecimal."""
    path = tmp_path / "all.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(session.query(SELECT), file, raw=raw)
    with path.open(newline="", encoding="utf-8") as file:
        _, cells = csv.reader(file)
    for (sql, text, value), cell in zip(VALUES, cells, strict=True):
        if isinstance(value, list | dict):
            assert json.loads(cell) == value, sql
        elif "blob" in sql:
            assert cell == "aa00"
        elif "nan" in sql or "'::float" in sql:
            assert float(cell) == pytest.approx(float(text), nan_ok=True), sql
        elif isinstance(value, bool | str) or value is None:
            assert cell == (text if isinstance(value, bool) else value), sql
        else:
            assert Decimal(cell) == Decimal(text), sql


def test_csv_of_a_bare_return_is_quoted_and_null_is_not_the_empty_text(session: DuckDBConnection) -> None:
    out = io.StringIO()
    write_csv(
        session.query("select unnest(['a' || chr(13) || 'b', '', null, 'c\"d,']) as x, '\\xAA\\x00'::blob as b"), out
    )
    assert out.getvalue() == 'x,b\n"a\rb",aa00\n"",aa00\n,aa00\n"c""d,",aa00\n'


def test_a_row_of_one_null_is_no_empty_line(session: DuckDBConnection) -> None:
    out = io.StringIO()
    write_csv(session.query("select unnest([null, 1]) as x"), out)
    assert out.getvalue() == 'x\n""\n1\n'


def test_rows_in_a_notebook(session: DuckDBConnection) -> None:
    sql = """select date '2026-01-02' as d, timestamp 'infinity' as t, timestamp_ns 'infinity' as n,
        time '24:00' as m, 7 as i"""
    assert QueryResult(session.query(sql)).rows() == [
        {"d": datetime.date(2026, 1, 2), "t": "infinity", "n": "infinity", "m": "24:00:00", "i": 7}
    ]
    assert len(QueryResult(session.query(ALL)).rows()) == 3


def test_sums_stay_numbers_in_arrow(session: DuckDBConnection) -> None:
    table = session.query("select sum(range) as s from range(10)")
    assert table.schema.field("s").type == pa.decimal128(38, 0)
    assert table.to_pylist() == [{"s": 45}]


def test_names_that_are_no_words_keep_their_values(session: DuckDBConnection) -> None:
    sql = """select {'a"b, c': 1::uhugeint, 'A': {'d': null}} as "x""y", 2::uhugeint as x, 3 as x"""
    assert printed(session.query(sql)) == [{'x"y': {'a"b, c': 1, "A": {"d": None}}, "x": 2, "x_2": 3}]
