"""fact_sales grows by what is new, leaves the rest as it is, and is what a full refresh would make."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbdk.transform import Worker
from support.book_world import DAYS, DDL, START, Bookshop, append, arrive, fill, sale

DAY = timedelta(days=1)
FACTS = "analytics.fact_sales"


def build(worker: Worker, database: Path, *select: str, **options: Any) -> None:
    """The facts and what they are made of, unless told otherwise."""
    result = worker.build(database, select=select or ["+fact_sales"], **options)
    assert result.ok, result.error


def ask(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return rows


def change(database: Path, *statements: str) -> None:
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            assert connection.execute(statement).fetchall()[0][0] > 0, statement


def contents(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table of the marts and features, as sorted multisets."""
    named = "select table_schema || '.' || table_name from information_schema.tables"
    tables = ask(database, f"{named} where table_schema in ('analytics', 'ml_features')")
    return {name: sorted(ask(database, f"from {name}"), key=repr) for (name,) in tables}


@pytest.fixture
def grown(bookshop: Bookshop, bookstore_worker: Worker, bookstore_built: Path, tmp_path: Path) -> Path:
    """A warehouse that ran when the last two days had not come, and has them in raw now."""
    path = tmp_path / bookstore_built.name
    fill(path, bookshop.until(bookshop.clock - 2 * DAY))
    build(bookstore_worker, path)
    with duckdb.connect(str(path)) as connection:
        arrive(connection, bookshop)
    return path


def test_a_second_run_reads_and_writes_only_what_is_new(
    grown: Path, bookstore_worker: Worker, bookshop: Bookshop
) -> None:
    """Old rows are tampered with on both sides: had they been read or written again, it would show."""
    old = "transaction_id = 'TXN_00000010'"
    change(
        grown,
        f"update {FACTS} set region = 'tampered' where {old}",
        f"update raw.sales set channel = 'Direct' where {old}",
    )
    before = dict(ask(grown, f"select transaction_id, rowid from {FACTS}"))
    result = bookstore_worker.build(grown, select=["fact_sales"])
    assert [model.status for model in result.models] == ["success"]
    after = dict(ask(grown, f"select transaction_id, rowid from {FACTS}"))
    assert {key: row for key, row in after.items() if key in before} == before
    new = {row["transaction_id"] for row in bookshop.sales if row["created_at"] >= bookshop.clock - 2 * DAY}
    assert new
    assert set(after) - set(before) == new
    assert ask(grown, f"select count(*) from {FACTS} where region = 'tampered'") == [(1,)]
    assert ask(grown, f"select channel from {FACTS} where {old}") != [("Direct",)]


def test_the_marts_are_those_of_a_full_refresh(grown: Path, bookstore_worker: Worker, bookstore_built: Path) -> None:
    build(bookstore_worker, grown, "*")
    assert contents(grown) == contents(bookstore_built)
    build(bookstore_worker, grown, "*", full_refresh=True)
    assert contents(grown) == contents(bookstore_built)


def test_what_changes_in_the_look_back_or_is_recorded_late_is_found(
    grown: Path, bookstore_worker: Worker, bookshop: Bookshop
) -> None:
    late = sale(9_999_999, bookshop.books[0], START.date() + 5 * DAY, 3, created_at=bookshop.clock - DAY)
    recent = "select transaction_id from raw.sales where created_at between timestamp '2025-12-28' and '2025-12-29'"
    ids = [row[0] for row in ask(grown, f"{recent} order by 1")]
    with duckdb.connect(str(grown)) as connection:
        append(connection, "raw.sales", [late])
    change(
        grown,
        f"update raw.sales set region = 'Central' where transaction_id = '{ids[0]}'",
        f"delete from raw.sales where transaction_id = '{ids[1]}'",
    )
    build(bookstore_worker, grown)
    found = dict(ask(grown, f"select transaction_id, region from {FACTS}"))
    assert (found[late["transaction_id"]], found[ids[0]], ids[1] in found) == ("North", "Central", False)
    step_by_step = contents(grown)
    build(bookstore_worker, grown, full_refresh=True)
    assert contents(grown) == step_by_step


def test_a_book_that_is_described_anew_is_so_in_its_old_sales(grown: Path, bookstore_worker: Worker) -> None:
    change(
        grown,
        "update raw.books set price = 31, title = 'Mended' where book_id = 'BOOK_000001'",
        "update raw.publishers set publisher_name = 'Renamed' where publisher_id = 'PUB_000003'",
    )
    build(bookstore_worker, grown)
    assert ask(grown, f"select distinct title, price_category from {FACTS} where book_id = 'BOOK_000001'") == [
        ("Mended", "Premium")
    ]
    assert ask(grown, f"select distinct publisher_name from {FACTS} where publisher_id = 'PUB_000003'") == [
        ("Renamed",)
    ]
    step_by_step = contents(grown)
    build(bookstore_worker, grown, full_refresh=True)
    assert contents(grown) == step_by_step


def test_an_interval_is_made_anew(grown: Path, bookstore_worker: Worker) -> None:
    """Long after, a sale of 10 October changes: with the interval it is found, and nothing of other days is."""
    inside, outside = (
        ask(grown, f"select min(transaction_id) from raw.sales where created_at::date = date '{day}'")[0][0]
        for day in ("2025-10-10", "2025-10-12")
    )
    change(grown, f"update raw.sales set region = 'West' where transaction_id in ('{inside}', '{outside}')")
    before = ask(grown, f"select region from {FACTS} where transaction_id = '{outside}'")
    interval = {"interval_from": "2025-10-10 00:00:00", "interval_to": "2025-10-11 00:00:00"}
    bookstore_worker.build(grown, select=["fact_sales"], vars={"start_date": START.date().isoformat(), **interval})
    assert ask(grown, f"select region from {FACTS} where transaction_id = '{inside}'") == [("West",)]
    assert ask(grown, f"select region from {FACTS} where transaction_id = '{outside}'") == before


def test_many_runs_with_late_sales_equal_one(
    bookshop: Bookshop, bookstore_worker: Worker, bookstore_built: Path, tmp_path: Path
) -> None:
    """Each sale comes up to three days after it was recorded."""
    chance, path = random.Random(3), tmp_path / bookstore_built.name
    coming = {row["transaction_id"]: row["created_at"] + chance.choice([0, 0, 1, 2]) * DAY for row in bookshop.sales}
    with duckdb.connect(str(path)) as connection:
        connection.execute(DDL)
    for days in (60, 61, 62, 64, DAYS + 3):
        clock: datetime = min(START + days * DAY, bookshop.clock)
        known = bookshop.until(clock)
        there = [row for row in known.sales if coming[row["transaction_id"]] < START + days * DAY]
        with duckdb.connect(str(path)) as connection:
            arrive(connection, Bookshop(**{**vars(known), "sales": there}))
        build(bookstore_worker, path)
    assert contents(path)[FACTS] == contents(bookstore_built)[FACTS]
