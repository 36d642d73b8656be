"""What a user may change, what it changes, and what is refused."""

import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.datasets.saas.distributions import WEIGHTS
from sbdk.synth.table import ForeignKey

TABLES = ("raw_users", "raw_events", "raw_orders")


def changed(one, other) -> set:
    return {table for table in TABLES if one.tables[table].fingerprint != other.tables[table].fingerprint}


@pytest.mark.parametrize(
    "countries",
    [
        {"DE": 3, "JP": 1},
        {"values": ["DE", "JP"], "weights": [3, 1]},
        [0, 0, 0, 0, 0.3, 0, 0.1],
    ],
)
def test_weights_can_be_changed(world, read, countries) -> None:
    made = world(4_000, 0, 0, distributions={"countries": countries})
    seen = read(made, "raw_users")["country"].to_pylist()
    assert set(seen) == {"DE", "JP"}
    assert 2_850 < seen.count("DE") < 3_150


def test_nested_weights_can_be_changed(world, read) -> None:
    made = world(500, 3_000, 0, distributions={"event_types": {"bronze": {"login": 1}}})
    events = read(made, "raw_events")
    bronze = events.filter(pc.equal(events["user_tier"].cast(pa.string()), "bronze"))
    assert set(bronze["event_type"].to_pylist()) == {"login"}
    assert len(set(events["event_type"].to_pylist())) == 6


@pytest.mark.parametrize(
    ("distributions", "said"),
    [
        ({"countries": {"US": -1}}, "distributions.countries: a weight must not be negative"),
        ({"countries": {"US": 0, "DE": 0}}, "distributions.countries: at least one weight must be above zero"),
        ({"tiers": {"gold": float("nan")}}, "distributions.tiers: a weight must be a finite number"),
        ({"tiers": {"gold": float("inf")}}, "distributions.tiers: a weight must be a finite number"),
        ({"tiers": {"gold": "much"}}, "distributions.tiers: a weight must be a finite number"),
        ({"tiers": {"gold": True}}, "distributions.tiers: a weight must be a finite number"),
        ({"tiers": [1, 2]}, "distributions.tiers: 2 weights for 4 values"),
        ({"tiers": {"values": ["gold"], "weights": [1, 2]}}, "distributions.tiers: 2 weights for 1 values"),
        ({"tiers": {}}, "distributions.tiers"),
        ({"tiers": 3}, "distributions.tiers"),
        ({"tiers": {"golden": 1}}, "distributions.tiers.golden"),
        ({"colours": {"red": 1}}, "distributions.colours"),
        ({"event_types": {"iron": {"login": 1}}}, "distributions.event_types.iron"),
        ({"event_types": 1}, "distributions.event_types"),
        ({"weekdays": {"Monday": 0, "Sunday": 0.0}}, "distributions.weekdays"),
    ],
)
def test_weights_that_nothing_can_be_drawn_from_are_refused_with_their_key(world, distributions, said) -> None:
    with pytest.raises(ConfigError) as caught:
        world(10, 10, 10, distributions=distributions)
    assert said in str(caught.value)


def test_a_misspelt_name_gets_the_nearest_one(world) -> None:
    with pytest.raises(ConfigError) as caught:
        world(10, 10, 10, distributions={"contries": {"US": 1}})
    assert "did you mean 'countries'" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("users", "events", "orders"), [(0, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1), (10**12, 1, 1), (1, 10**12, 1)]
)
def test_volumes_no_world_can_have_are_refused(world, users, events, orders) -> None:
    with pytest.raises(ConfigError, match=r"data_volume\."):
        world(users, events, orders)


def test_times_no_world_can_have_are_refused(world) -> None:
    with pytest.raises(ConfigError):
        world(start=datetime(2026, 1, 1))
    with pytest.raises(ConfigError):
        world(start=datetime(2025, 1, 1, 12))


def test_orders_that_no_user_can_have_are_refused_with_a_hint(world) -> None:
    made = world(1, 0, 100, start=datetime(2025, 12, 31))
    with pytest.raises(ConfigError) as caught:
        list(made.tables["raw_orders"].batches())
    assert caught.value.hint


def test_one_locale_gives_everybody_names_of_that_country(world, read) -> None:
    made = world(3_000, 0, 0, locale="ja_JP")
    names = read(made, "raw_users")["name"].to_pylist()
    assert all(any("぀" <= letter <= "鿿" for letter in name) for name in names)
    assert len(set(read(made, "raw_users")["country"].to_pylist())) == 7
    assert (
        read(made, "raw_users")
        .drop_columns(["name", "email"])
        .equals(read(world(3_000, 0, 0), "raw_users").drop_columns(["name", "email"]))
    )


def test_an_unknown_locale_is_refused(world) -> None:
    with pytest.raises(ConfigError) as caught:
        world(locale="xx_XX")
    assert "de_DE" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("settings", "tables"),
    [
        ({"seed": 43}, set(TABLES)),
        ({"start": datetime(2024, 12, 31)}, set(TABLES)),
        ({"anchor": datetime(2026, 1, 2)}, set(TABLES)),
        ({"users": 1_001}, set(TABLES)),
        ({"events": 6_000}, {"raw_events", "raw_orders"}),
        ({"orders": 2_500}, {"raw_orders"}),
        ({"locale": "de_DE"}, {"raw_users"}),
        ({"distributions": {"tiers": {"gold": 1, "bronze": 1}}}, set(TABLES)),
        ({"distributions": {"devices": {"mobile": 1}}}, {"raw_events"}),
        ({"distributions": {"order_sources": {"web": 1}}}, {"raw_orders"}),
        ({"distributions": {"devices": {"desktop": 90, "mobile": 90, "tablet": 20}}}, set()),
        ({}, set()),
    ],
)
def test_the_fingerprint_changes_exactly_with_what_changes_cells(world, read, settings, tables) -> None:
    usual, other = world(), world(**settings)
    assert changed(usual, other) == tables
    for table in TABLES:
        cut = min(usual.tables[table].count(), other.tables[table].count())
        same = read(usual, table, 0, cut).equals(read(other, table, 0, cut))
        assert same == (table not in tables)


def test_schemas_keys_and_foreign_keys(world, read) -> None:
    made = world()
    for table, key in zip(TABLES, ("user_id", "event_id", "order_id"), strict=True):
        schema = made.tables[table].schema
        assert made.tables[table].key == (key,)
        assert not schema.field(key).nullable
        assert schema.field(made.tables[table].time_column).type == pa.timestamp("us")
        for foreign in made.tables[table].foreign_keys:
            assert foreign == ForeignKey("user_id", "raw_users", "user_id")
            assert not schema.field(foreign.column).nullable
        for batch in made.tables[table].batches(batch_size=700):
            assert batch.schema.equals(schema)
    assert pa.types.is_dictionary(made.tables["raw_events"].schema.field("page_url").type)
    assert made.tables["raw_orders"].schema.field("amount").type == pa.decimal128(12, 2)
    with pytest.raises(UnknownName):
        made.tables["raw_customers"]


def test_the_first_of_two_users_is_not_always_the_same(world, read) -> None:
    seen = [read(world(2, 0, 0, seed=seed), "raw_users").to_pylist()[0]["created_at"] for seed in range(20)]
    assert len(set(seen)) == 20
    assert all(a != b for a, b in pairwise(seen))


def test_the_docs_list_every_weight_with_its_default() -> None:
    page = (Path(__file__).parents[3] / "docs" / "saas.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `([a-z_.]+)` \| (\w+ [\d.]+(?:, \w+ [\d.]+)*) \|$", page, re.MULTILINE))
    weights = {name: dict(part.rsplit(" ", 1) for part in row.split(", ")) for name, row in listed.items()}
    assert {name: list(table) for name, table in weights.items()} == {name: list(WEIGHTS[name]) for name in WEIGHTS}
    for name, table in weights.items():
        assert [float(weight) for weight in table.values()] == pytest.approx(list(WEIGHTS[name].values()))
