"""What holds for every generator there is: a row's value depends on nothing but the row."""

import sys
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.datasets.declared import generators
from sbdk.synth import batches
from support.declared_shop import ANCHOR, opened, table

PARENT = {
    "id": {"generator": "uuid"},
    "at": {"generator": "arrivals", "hours": [1] * 8 + [9] * 16},
    "weight": {"generator": "quantiles", "values": [0, 1, 5]},
    "country": {"generator": "choice", "values": ["US", "JP", "FR"], "nulls": 0.1},
    "name": {"generator": "name", "country": "country"},
    "mail": {"generator": "email", "of": "name"},
    "tier": {"generator": "choice", "values": {"a": 2, "b": 1}, "by": "country", "times": {"JP": {"b": 9}}},
    "integer": {"generator": "integer", "high": 2**40},
    "float": {"generator": "float", "nulls": 0.5},
    "decimal": {"generator": "decimal", "low": -5, "high": 5},
    "bool": {"generator": "bool"},
    "constant": {"generator": "constant", "value": "x"},
    "pattern": {"generator": "pattern", "pattern": "??##??##??##"},
    "format": {"generator": "format", "format": "{name} <{mail}>"},
    "mapping": {"generator": "mapping", "column": "country", "values": {"US": 1}, "otherwise": 0},
    "expression": {"generator": "expression", "expression": "round(decimal * integer, 1) if bool else 0.5"},
    "date": {"generator": "date", "low": "1970-01-01", "high": "2100-01-01"},
    "after": {"generator": "after", "of": "at", "high": "90d"},
    "self": {"generator": "foreign_key", "parent": "p"},
}
CHILD = {
    "id": {"generator": "sequence", "start": -5, "step": 3},
    "at": {"generator": "arrivals", "grows_with": "p"},
    "p": {"generator": "foreign_key", "parent": "p", "weight": "weight"},
    "name": {"generator": "parent", "of": "p", "column": "name"},
}
GRANDCHILD = {
    "c": {"generator": "owner"},
    "place": {"generator": "position"},
    "at": {"generator": "parent", "of": "c", "column": "at"},
    "tier": {"generator": "foreign_key", "parent": "p", "weight": "tier", "weights": {"a": 1, "b": 4}},
}
TABLES: dict[str, Any] = {
    "p": {"rows": 700, "key": "id", "columns": PARENT},
    "c": {"rows": 900, "key": "id", "columns": CHILD},
    "g": {"per": {"parent": "c", "counts": {0: 1, 2: 1}}, "key": ["c", "place"], "columns": GRANDCHILD},
}
WORLD = opened({"name": "all", "tables": TABLES})
WHOLE = {name: table(WORLD, name) for name in TABLES}


def test_this_file_uses_every_built_in_generator() -> None:
    used = {column["generator"] for spec in TABLES.values() for column in spec["columns"].values()}
    assert used == {name for name in generators if generators.get(name).__module__.startswith("sbdk.")}


@given(st.sampled_from(list(TABLES)), st.data())
@settings(max_examples=60, deadline=None)
def test_a_slice_is_the_same_alone_and_in_the_whole(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    start = data.draw(st.integers(0, whole.num_rows))
    stop = data.draw(st.integers(start, whole.num_rows))
    alone = table(
        opened({"name": "all", "tables": TABLES}), name, start, stop, batch_size=data.draw(st.integers(1, 900))
    )
    assert alone.equals(whole.slice(start, stop - start))


@given(st.sampled_from(list(TABLES)), st.integers(-400, 400))
@settings(max_examples=30, deadline=None)
def test_a_clock_shows_the_first_rows_of_any_later_one(name: str, days: int) -> None:
    clock = ANCHOR + timedelta(days=days)
    seen, more = (table(WORLD, name, clock=moment) for moment in (clock, clock + timedelta(days=50)))
    assert more.num_rows >= seen.num_rows == WORLD.tables[name].count(clock)
    assert more.slice(0, seen.num_rows).equals(seen)


def test_the_order_of_declaration_does_not_matter() -> None:
    turned = {name: {**TABLES[name], "columns": dict(reversed(TABLES[name]["columns"].items()))} for name in "gcp"}
    world = opened({"name": "all", "tables": turned})
    for name, whole in WHOLE.items():
        assert table(world, name).select(whole.column_names).equals(whole)


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_allocators_are_left_alone(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    batches.keep_freed_memory.cache_clear()
    assert batches.keep_freed_memory() is False
    batches.keep_freed_memory.cache_clear()
