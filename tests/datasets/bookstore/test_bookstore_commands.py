"""`sbdk generate`, `verify` and `truth` for a bookstore, and the settings that are refused."""

from __future__ import annotations

import json

import duckdb
import pyarrow.parquet as pq
import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.loader import load_project
from support.bookstores import START, bookstore
from support.shops import Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    config = {"project": "books", "datasets": ["bookstore"], "end_date": "2026-01-01"}
    (tmp_path / "sbdk_config.json").write_text(json.dumps(config))
    return Shop(tmp_path)


def test_files_are_written_and_proved(shop):
    assert shop.sbdk("generate", "--out", "out").code == 0
    assert sorted(path.name for path in (shop.path / "out").iterdir()) == [
        "books.parquet",
        "campaign_events.parquet",
        "inventory.parquet",
        "manifest.json",
        "publishers.parquet",
        "sales.parquet",
    ]
    assert shop.sbdk("verify", "out/manifest.json").code == 0
    books = shop.path / "out" / "books.parquet"
    cells = pq.read_table(books)
    turned = cells.set_column(2, "title", cells["title"].take([*range(1, 100), 0]))
    pq.write_table(turned, books)
    answer = shop.sbdk("verify", "out/manifest.json")
    assert answer.code == 1
    assert "title" in answer.out + answer.err


def test_the_truth_is_written(shop, monkeypatch):
    answer = shop.sbdk("truth", "--out", "key", "--json")
    assert answer.code == 0, answer
    assert answer.object["files"] == ["demand.parquet", "experiments.parquet", "ended.parquet"]
    assert answer.object["records"] == {
        "publishers": 10,
        "books": 100,
        "sales": 100,
        "inventory": 50,
        "campaign_events": 50,
    }
    monkeypatch.chdir(shop.path)
    rows, days, books, first, last = duckdb.sql(
        "select count(*), count(distinct day), count(distinct book_id), min(day), max(day) from 'key/demand.parquet'"
    ).fetchall()[0]
    assert (rows, days, books, str(first), str(last)) == (36_500, 365, 100, "2025-01-01", "2025-12-31")
    world = bookstore()
    assert pq.read_table("key/demand.parquet").equals(world.demand(0, 100, START, 365))
    assert pq.read_table("key/experiments.parquet").equals(world.experiments())
    assert pq.read_table("key/ended.parquet").equals(world.ended())


def test_dirt_on_a_table_brings_its_defects(shop):
    shop.configure(dirt={"sales": {"duplicate": 0.1}})
    files = shop.sbdk("truth", "--out", "key", "--json").object["files"]
    assert files[:2] == ["defects.parquet", "buckets.parquet"]
    assert pq.read_table(shop.path / "key" / "buckets.parquet").num_rows > 100


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"scale": -1}, "scale"),
        ({"scale": 0}, "scale"),
        ({"scale": "large"}, "scale"),
        ({"seed": 1.5}, "seed"),
        ({"seed": "abc"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"data_volume": {"books": 0}}, "data_volume.books"),
        ({"data_volume": {"books": 2.5}}, "data_volume.books"),
        ({"data_volume": {"sales": -5}}, "data_volume.sales"),
        ({"data_volume": {"inventory": "many"}}, "data_volume.inventory"),
    ],
)
def test_wrong_settings_are_refused_with_their_key(shop, keys, said):
    shop.configure(**keys)
    with pytest.raises(ConfigError, match=rf"\b{said}\b"):
        load_project(shop.path, env={})


@pytest.mark.parametrize(
    ("keys", "said"),
    [({"scale": -0.5}, "scale"), ({"seed": 4.2}, "seed"), ({"scale": 1e6}, "data_volume")],
)
def test_a_command_ends_with_2_and_writes_nothing(shop, keys, said):
    shop.configure(**keys)
    answer = shop.sbdk("generate", "--out", "out")
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (shop.path / "out").exists()


@pytest.mark.parametrize(
    ("scale", "volume", "expected"),
    [
        (0.5, {}, [5, 50, 50, 25, 25]),
        (0.5, {"publishers": 1, "books": 1, "sales": 1, "inventory": 1, "campaign_events": 1}, [1, 1, 1, 1, 1]),
        (0.001, {}, [1, 1, 1, 1, 1]),
        (2.5, {"sales": 3, "inventory": 0}, [25, 250, 8, 0, 125]),
        (10_000, {}, [100_000, 1_000_000, 1_000_000, 500_000, 500_000]),
    ],
)
def test_scale_multiplies_and_leaves_a_row(shop, scale, volume, expected):
    shop.configure(scale=scale, data_volume=volume)
    volumes = load_project(shop.path, env={}).config.world_settings().volumes
    names = ("publishers", "books", "sales", "inventory", "campaign_events")
    assert [volumes[name] for name in names] == expected


def test_other_data_sets_do_not_have_these_volumes(shop):
    shop.configure(datasets=["saas"])
    assert set(load_project(shop.path, env={}).config.world_settings().volumes) == {"users", "events", "orders"}


def test_a_bookstore_that_no_disk_holds_is_refused_before_it_is_made(shop):
    shop.configure(scale=1e8, data_volume={"books": 1, "publishers": 1, "sales": 10})
    answer = shop.sbdk("generate", "--out", "out")
    assert answer.code == 2
    assert "rows, about" in answer.err
    assert not (shop.path / "out").exists()
