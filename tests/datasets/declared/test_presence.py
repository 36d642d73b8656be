"""Rows refer only to rows that are there by then, whatever kind of table those are in."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow.compute as pc
import pytest
from scipy import stats

from sbdk.core.errors import ConfigError
from sbdk.datasets.declared.dataset import DeclaredDataset, parse_dataset
from support.declared_shop import ANCHOR, opened, settings, table

ID = {"generator": "sequence"}
AT = {"generator": "arrivals"}


def key(parent: str, **options: Any) -> dict[str, Any]:
    return {"generator": "foreign_key", "parent": parent, **options}


def read(of: str, column: str) -> dict[str, Any]:
    return {"generator": "parent", "of": of, "column": column}


def declared(**tables: dict[str, Any]) -> dict[str, Any]:
    return {"name": "d", "tables": {name: {"key": "id", **table} for name, table in tables.items()}}


GUESTS = {"rows": 40, "columns": {"id": ID, "at": AT}}
STAYS = {
    "per": {"parent": "guests", "counts": {0: 1, 1: 2, 3: 1}},
    "columns": {"id": ID, "guest": {"generator": "owner"}, "at": read("guest", "at")},
}
BILLS = {"rows": 3_000, "columns": {"id": ID, "at": AT, "stay": key("stays"), "stay_at": read("stay", "at")}}


def test_nothing_arrives_before_the_first_parent() -> None:
    visits = {"rows": 3_000, "columns": {"id": ID, "at": AT, "guest": key("guests"), "guest_at": read("guest", "at")}}
    world = opened(declared(guests=GUESTS, visits=visits))
    rows = table(world, "visits")
    assert rows.num_rows == 3_000
    assert rows["guest"].null_count == 0
    assert pc.all(pc.less_equal(rows["guest_at"], rows["at"])).as_py()
    assert pc.min(rows["at"]).as_py() >= pc.min(table(world, "guests")["at"]).as_py()


@pytest.mark.parametrize("clock", [ANCHOR, ANCHOR + timedelta(days=300)])
def test_a_parent_in_a_table_per_another_is_there_too(clock: Any) -> None:
    world = opened(declared(guests=GUESTS, stays=STAYS, bills=BILLS))
    bills = table(world, "bills", clock=clock)
    stays = table(world, "stays", clock=clock)
    assert pc.all(pc.less_equal(bills["stay_at"], bills["at"])).as_py()
    assert pc.all(pc.is_in(bills["stay"], stays["id"].combine_chunks())).as_py()
    late = bills.filter(pc.greater(bills["at"], pc.max(stays["at"])))
    assert set(late["stay"].to_pylist()) <= set(stays["id"].to_pylist())
    assert bills["stay"].null_count == 0


def test_every_parent_that_is_there_is_drawn_as_often() -> None:
    guests = {"rows": 40, "columns": {"id": ID}}  # no times: all are there from the start
    visits = {"rows": 20_000, "columns": {"id": ID, "at": AT, "guest": key("guests")}}
    drawn = Counter(table(opened(declared(guests=guests, visits=visits)), "visits")["guest"].to_pylist())
    assert stats.chisquare([drawn[guest] for guest in range(1, 41)]).pvalue > 1e-4


def test_present_false_draws_among_all_before_the_anchor() -> None:
    columns = {"id": ID, "at": AT, "guest": key("guests", present=False), "guest_at": read("guest", "at")}
    rows = table(opened(declared(guests=GUESTS, visits={"rows": 3_000, "columns": columns})), "visits")
    assert 0 < pc.sum(pc.greater(rows["guest_at"], rows["at"])).as_py() < 3_000
    assert pc.max(rows["guest"]).as_py() == 40


def test_a_table_without_times_refers_to_rows_before_the_anchor_for_ever() -> None:
    notes = {"rows": 2_000, "columns": {"id": ID, "guest": key("guests")}}
    world = opened(declared(guests=GUESTS, notes=notes))
    later = ANCHOR + timedelta(days=400)
    assert world.tables["notes"].count(later) == 2_000
    assert world.tables["notes"].time_column is None
    assert table(world, "notes", clock=later).equals(table(world, "notes"))
    assert set(table(world, "notes")["guest"].to_pylist()) == set(range(1, 41))


def test_in_a_table_per_another_a_key_without_anybody_there_is_null() -> None:
    hosts = {"rows": 3, "columns": {"id": ID, "at": AT}}
    stays = {**STAYS, "columns": {**STAYS["columns"], "host": key("hosts"), "host_at": read("host", "at")}}
    rows = table(opened(declared(guests={**GUESTS, "rows": 500}, hosts=hosts, stays=stays)), "stays").to_pylist()
    assert any(row["host"] is None for row in rows)
    assert all((row["host"] is None) == (row["host_at"] is None) for row in rows)
    assert all(row["host_at"] <= row["at"] for row in rows if row["host"])


def test_growth_follows_the_table_it_is_told_to() -> None:
    visits = {"rows": 10_000, "columns": {"id": ID, "at": {**AT, "grows_with": "guests"}}}
    guests = {**GUESTS, "rows": 5_000}
    rows = table(opened(declared(guests=guests, visits=visits)), "visits")
    early = pc.sum(pc.less(rows["at"], settings().start + timedelta(days=365 / 2))).as_py()
    assert abs(early / 10_000 - 0.25) < 0.02  # evenly growing: a quarter of the area is in the first half


def test_times_need_whole_hours_and_somebody_to_refer_to() -> None:
    odd = replace(settings(), anchor=ANCHOR + timedelta(minutes=1))
    with pytest.raises(ConfigError, match="whole hours"):
        DeclaredDataset(parse_dataset(declared(guests=GUESTS)), odd)
    nobody = declared(
        guests={**GUESTS, "rows": 1}, visits={"rows": 9, "columns": {"id": ID, "at": AT, "g": key("guests")}}
    )
    short = replace(settings(), anchor=settings().start + timedelta(hours=1))
    with pytest.raises(ConfigError, match="no row can ever arrive"):
        DeclaredDataset(parse_dataset(nobody), short)
