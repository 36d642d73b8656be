"""A cell depends on nothing but its seed, table, column and row."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.datasets.union import open_dataset
from sbdk.export import content_hash
from sbdk.spec.world import WorldSettings
from support.bookstores import ANCHOR, bookstore, table

FROZEN = {
    "publishers": "1-1fd7414ae219fff6386039a8239dc9c5",
    "books": "1-a6ebdf9589bc1f00a1af0a8cdafe2556",
    "sales": "1-ed931b49f0c045461c17da268e4b6187",
    "inventory": "1-fd98708c7f57548ea63d5cc32922777c",
    "campaign_events": "1-f3c3c9fd895cf69b34dab4e0171e390e",
}
"""Content hashes of the default bookstore: whoever changes a cell raises RULES_VERSION."""
TABLES = ("publishers", "books", "sales", "inventory", "campaign_events")
WORLD = bookstore(7.3)
WHOLE = {name: table(WORLD, name, threads=1) for name in TABLES}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_range_in_any_batches_on_any_threads_is_a_slice_of_the_whole(data):
    name = data.draw(st.sampled_from(TABLES))
    rows = WHOLE[name].num_rows
    start = data.draw(st.integers(0, rows))
    stop = data.draw(st.integers(start, rows))
    size, threads = data.draw(st.integers(1, 400)), data.draw(st.integers(1, 4))
    batches = list(bookstore(7.3).tables[name].batches(start, stop, batch_size=size, threads=threads))
    assert all(batch.num_rows == size for batch in batches[:-1])
    made = [row for batch in batches for row in batch.to_pylist()]
    assert made == WHOLE[name].slice(start, stop - start).to_pylist()


def test_the_default_shop_is_the_same_on_every_machine():
    world = bookstore()
    assert {name: content_hash(world.tables[name].batches(), world.tables[name].schema) for name in TABLES} == FROZEN


def test_another_seed_is_another_world():
    other = bookstore(7.3, seed=43)
    for name in TABLES:
        assert other.tables[name].fingerprint != WORLD.tables[name].fingerprint
        assert not table(other, name).equals(WHOLE[name])


def test_a_fingerprint_changes_with_what_is_looked_at_and_with_nothing_else():
    def changed(**volumes: int) -> set[str]:
        other = bookstore(7.3, **volumes)
        differing = {name for name in TABLES if other.tables[name].fingerprint != WORLD.tables[name].fingerprint}
        kept = {name for name in TABLES if table(other, name).equals(WHOLE[name])}
        assert kept >= set(TABLES) - differing
        return differing

    assert changed(campaign_events=500) == {"campaign_events"}
    assert changed(inventory=20) == {"inventory"}
    assert changed(sales=20) == {"sales", "inventory"}
    assert changed(books=500) == {"publishers", "books", "sales", "inventory"}
    assert changed(publishers=33) == {"publishers", "books", "sales", "inventory"}


@pytest.mark.parametrize("locale", ["ja_JP", "de_DE", "en_US"])
def test_a_locale_names_the_authors(locale):
    assert not table(bookstore(locale=locale), "books")["author"].equals(table(bookstore(), "books")["author"])


def test_the_registry_opens_it(tmp_path):
    world = open_dataset("bookstore", WorldSettings(42, datetime(2025, 1, 1), ANCHOR, {}), tmp_path)
    assert tuple(world.tables) == TABLES
    assert [world.tables[name].count() for name in TABLES] == [10, 100, 100, 50, 50]
    assert world.tables["sales"].time_column == world.tables["campaign_events"].time_column == "created_at"
    assert {world.tables[name].time_column for name in ("publishers", "books", "inventory")} == {None}


def test_what_no_bookstore_can_have_is_refused():
    for volumes in ({"books": 0}, {"publishers": -1}, {"books": 10**8}, {"sales": 2**31}):
        with pytest.raises(ConfigError, match=rf"data_volume\.{next(iter(volumes))}"):
            bookstore(**volumes)
    with pytest.raises(UnknownName, match="'authors'"):
        WORLD.tables["authors"]


def test_a_shop_may_be_without_sales_or_stock():
    world = bookstore(sales=0, inventory=0)
    assert [world.tables[name].count() for name in ("sales", "inventory")] == [0, 0]
    assert list(world.tables["sales"].batches()) == []
    assert sum(world.demand(0, 5, datetime(2025, 1, 1), 5)["expected_units"].to_pylist()) == 0
