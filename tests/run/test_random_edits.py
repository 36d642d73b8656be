"""Whatever is edited, in whatever order: after each run every table is the one that plain dbt builds from nothing."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from sbdk.run.options import RunOptions
from support.edits import Edit, come_or_go, runs_after
from support.reading_project import ASKING, FILES, reading_project, same_as_plain
from support.shops import Shop

MORE = {
    "dbt/models/of_day.sql": "{{ config(materialized='table') }} select current_date as day, 1 as salt\n",
    "dbt/models/dim_v1.sql": "{{ config(materialized='table') }} select id, 1 as version from {{ ref('assembled') }}\n",
    "dbt/models/dim_v2.sql": "{{ config(materialized='table') }} select id, 2 as version from {{ ref('assembled') }}\n",
    "dbt/models/of_dim.sql": "{{ config(materialized='table') }} select max(version) as v from {{ ref('dim') }}\n",
    "dbt/models/bare.sql": (
        "-- depends_on: {{ ref('below') }}\n{{ config(materialized='table') }} select n + 1 as n from below\n"
    ),
    "dbt/models/seen.sql": "select * from read_csv('../data/sizes.csv') where size > {{ var('least', 0) }}\n",
    "dbt/models/of_seen.sql": "{{ config(materialized='table') }} select count(*) as n from {{ ref('seen') }}\n",
    "dbt/models/of_hook.sql": "{{ config(materialized='table') }} select total from main.summed\n",
    "dbt/models/nodes.sql": (
        "{{ config(materialized='table') }}\n"
        "select {{ graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list | length"
        " if execute else 0 }} as n\n"
    ),
    "dbt/seeds/names.csv": "id,name\n1,one\n2,two\n3,three\n",
    "dbt/models/named.sql": (
        "{{ config(materialized='table') }}\n"
        "select id, name from {{ ref('names') }} join {{ ref('assembled') }} using (id)\n"
    ),
    "dbt/models/versions.yml": (
        "models:\n  - {name: dim, latest_version: 2, versions: [{v: 1}, {v: 2}]}\n"
        "  - {name: named, columns: [{name: id, data_tests: [not_null]}]}\n"
    ),
}
HOOK = "create or replace table main.summed as select {} * sum(id) as total from raw.events_a"


def _raw(shop: Shop, chance: random.Random) -> None:
    rows = [{"id": chance.randint(1, 50)} for _ in range(chance.randint(1, 4))]
    shop.write(f"data/{chance.choice('ab')}.json", json.dumps(rows))


def _file(shop: Shop, chance: random.Random) -> None:
    """Often the same size; sometimes the same time, too."""
    path = shop.path / f"data/{chance.choice(['sizes', 'more'])}.csv"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text("size\n" + "".join(f"{chance.randint(1, 9)}\n" for _ in range(chance.randint(1, 3))))
    if chance.random() < 0.5:
        os.utime(path, ns=times)


def _package(shop: Shop, chance: random.Random) -> None:
    shop.write("packages/asking/macros/all_events.sql", ASKING.replace("id + 0", f"id + {chance.randint(1, 9)}"))


def _seed(shop: Shop, chance: random.Random) -> None:
    shop.write("dbt/seeds/names.csv", f"id,name\n1,{chance.choice(['one', 'eins'])}\n{chance.randint(2, 9)},x\n")


def _version(shop: Shop, chance: random.Random) -> None:
    name = f"dbt/models/dim_v{chance.randint(1, 2)}.sql"
    shop.write(name, MORE[name].replace(" as version", f" + {chance.randint(1, 9)} as version"))


def _model(shop: Shop, chance: random.Random) -> None:
    text = f"{{{{ config(materialized='table') }}}} select {chance.randint(1, 9)} as one\n"
    shop.write("dbt/models/apart.sql", text)


def _comment(shop: Shop, chance: random.Random) -> None:
    name = chance.choice(["named", "of_day", "assembled"])
    path = shop.path / f"dbt/models/{name}.sql"
    path.write_text(f"{path.read_text()}-- {chance.randint(1, 99)}\n")


def _var(shop: Shop, chance: random.Random) -> None:
    project = shop.path / "dbt/dbt_project.yml"
    text = project.read_text().split("vars:")[0]
    project.write_text(f"{text}vars: {{least: {chance.randint(0, 4)}}}\n")


def _hook(shop: Shop, chance: random.Random) -> None:
    project = shop.path / "dbt/dbt_project.yml"
    text = project.read_text()
    start = text.index("on-run-start:")
    end = text.index("\n", start)
    project.write_text(f'{text[:start]}on-run-start: ["{HOOK.format(chance.randint(1, 9))}"]{text[end:]}')


def _kind(shop: Shop, chance: random.Random) -> None:
    kind = chance.choice(["view", "table"])
    shop.write("dbt/models/seen.sql", f"{{{{ config(materialized='{kind}') }}}} {MORE['dbt/models/seen.sql']}")


EDITS: list[Edit] = [
    _raw, _file, _package, _seed, _version, _model, _comment, come_or_go, _var, _hook, _kind,
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = reading_project(tmp_path_factory.mktemp("edited"))
    for name, text in MORE.items():
        shop.write(name, text)
    project = shop.path / "dbt/dbt_project.yml"
    project.write_text(f'{project.read_text()}\non-run-start: ["{HOOK.format(1)}"]\nvars: {{least: 0}}\n')
    shop.dev()
    return shop


def follow(shop: Shop, seed: int, edits: int) -> None:
    for done in runs_after(shop, EDITS, seed, edits, RunOptions()):
        try:
            same_as_plain(shop, shop.path.parent)
        except AssertionError as error:
            raise AssertionError((seed, done)) from error


def test_every_kind_of_edit_has_its_file(built: Shop) -> None:
    assert {name for name in (*FILES, *MORE) if name.startswith("dbt/models/")} == {
        path.relative_to(built.path).as_posix()
        for path in built.path.glob("dbt/models/*")
        if path.suffix in {".sql", ".yml"}
    }


@pytest.mark.parametrize("seed", [1])
def test_edits_end_where_plain_dbt_ends(built: Shop, tmp_path: Path, seed: int) -> None:
    follow(built.copy(tmp_path / "reads"), seed, 3)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(100, 120))
def test_five_hundred_edits_end_where_plain_dbt_ends(built: Shop, tmp_path: Path, seed: int) -> None:
    follow(built.copy(tmp_path / "reads"), seed, 25)
