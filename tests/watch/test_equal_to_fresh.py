"""Whatever is edited, in whatever order: what is published is what a build from nothing publishes."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import duckdb
import pytest

from sbdk.run.options import RunOptions
from support.edits import Edit, come_or_go, runs_after
from support.shops import Shop
from support.tiny_shop import FILES


def _factor(name: str, old: str) -> Edit:
    def edit(shop: Shop, chance: random.Random) -> None:
        shop.write(name, FILES[name].replace(old, old.replace(old[-1], str(chance.randint(2, 9)))))

    return edit


def _source(shop: Shop, chance: random.Random) -> None:
    """More rows. That rows which are there stay the same is what an incremental model asks of its source."""
    path = shop.path / "pipelines/things.py"
    last = int(path.read_text().partition("range(1, ")[2].partition(")")[0])
    path.write_text(path.read_text().replace(f"range(1, {last})", f"range(1, {last + 1})"))


def _seed(shop: Shop, chance: random.Random) -> None:
    shop.write("dbt/seeds/names.csv", FILES["dbt/seeds/names.csv"].replace("two", chance.choice("abc")))


def _alias(shop: Shop, chance: random.Random) -> None:
    other = f"materialized='table', alias='{chance.choice(['far', 'away'])}'"
    shop.write("dbt/models/apart.sql", FILES["dbt/models/apart.sql"].replace("materialized='table'", other))


def _into_a_view(shop: Shop, chance: random.Random) -> None:
    kind = chance.choice(["view", "table"])
    shop.write("dbt/models/doubled.sql", FILES["dbt/models/doubled.sql"].replace("'table'", f"'{kind}'"))


def _without_ref(shop: Shop, chance: random.Random) -> None:
    """A table that reads another by its bare name; dbt does not know of it, and builds it after the other by luck."""
    shop.write("dbt/models/zz_bare.sql", "-- depends_on: {{ ref('doubled') }}\n"
               "{{ config(materialized='table') }}select sum(size) as n, "
               f"{chance.randint(1, 9)} as salt from doubled\n")  # fmt: skip


def _later(shop: Shop, chance: random.Random) -> None:
    shop.write("dbt/models/doubled.sql", FILES["dbt/models/doubled.sql"].replace("select id", "select id + 0 as id"))


def _var(shop: Shop, chance: random.Random) -> None:
    file = shop.path / "dbt/dbt_project.yml"
    text = file.read_text().split("\nvars:")[0]
    file.write_text(f"{text}\nvars:\n  salt: {chance.randint(1, 9)}\n")
    shop.write("dbt/models/salted.sql", "{{ config(materialized='table') }} select {{ var('salt') }} as salt\n")


EDITS: list[Edit] = [
    _factor("dbt/models/doubled.sql", "2"),
    _factor("dbt/models/grown.sql", "+ 1"),
    _factor("dbt/macros/halved.sql", "/ 2"),
    _source, _seed, _alias, _into_a_view, come_or_go, _without_ref, _later, _var,
]  # fmt: skip

TRIALS = int(os.environ.get("SBDK_FAULT_TRIALS", "0"))


def contents(published: Path) -> dict[str, list[str]]:
    """Every table and view of dbt and of the pipelines, its rows in order, without what dlt adds."""
    with duckdb.connect(str(published), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema not in ('_sbdk', 'audit') and table_name not like '\\_dlt%' escape '\\'"
        ).fetchall()
        read = "select columns(lambda c: c not like '\\_dlt%' escape '\\') from {}.{} order by all"
        return {f"{s}.{t}": [repr(row) for row in connection.execute(read.format(s, t)).fetchall()] for s, t in names}


def follow_edits(shop: Shop, seed: int, how_many: int = 6) -> None:
    *_, done = runs_after(shop, EDITS, seed, how_many, RunOptions(changes_only=True))
    followed = contents(shop.published)
    fresh = Shop(shop.path.parent / "fresh")
    shutil.copytree(shop.path, fresh.path, ignore=shutil.ignore_patterns(".sbdk", "data"))
    fresh.dev()
    expected = contents(fresh.published)
    if "_source" in {name for names in done for name in names}:  # an incremental model keeps rows of the old data
        del followed["main.grown"], expected["main.grown"]
    assert followed == expected, (seed, done)


@pytest.mark.parametrize("seed", [1, 2])
def test_edits_followed_one_by_one_end_where_a_fresh_build_ends(shop: Shop, seed: int) -> None:
    follow_edits(shop, seed)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(100, 100 + (TRIALS or 25)))
def test_any_edits_end_where_a_fresh_build_ends(shop: Shop, seed: int) -> None:
    follow_edits(shop, seed, how_many=8)
