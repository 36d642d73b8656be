"""Whatever is edited, in whatever order: after each run every table is the one that plain dbt builds from nothing."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime
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
    "dbt/models/hooked.sql": (
        "{{ config(materialized='table', pre_hook=\"create or replace table main.before as from '../data/more.csv'\","
        " post_hook='insert into {{ this }} select id from raw.events_b') }}\n"
        "select cast(size as bigint) as id from main.before\n"
    ),
    "dbt/models/parts.sql": "{{ config(materialized='table') }} select n from read_csv('../data/parts/*.csv')\n",
    "dbt/models/timed.sql": "{{ config(materialized='table') }} select now() as moment\n",
    "dbt/models/of_timed.sql": (
        "{{ config(materialized='table') }} select max(moment) as moment from {{ ref('timed') }}\n"
    ),
    "dbt/snapshots/assembled_then.sql": (
        "{% snapshot assembled_then %}\n"
        "{{ config(target_schema='history', unique_key='id', strategy='check', check_cols='all',"
        " hard_deletes='invalidate') }}\n"
        "select id, count(*) + 0 as times from {{ ref('assembled') }} group by id\n{% endsnapshot %}\n"
    ),
    "dbt/snapshots/sizes_then.sql": (
        "{% snapshot sizes_then %}\n"
        "{{ config(target_schema='history', unique_key='size', strategy='check', check_cols=['times'],"
        " hard_deletes='new_record') }}\n"
        "select size, count(*) as times from read_csv('../data/sizes.csv') group by size\n{% endsnapshot %}\n"
    ),
    "dbt/models/of_then.sql": (
        "{{ config(materialized='table') }}\n"
        "select id, count(*) as versions from {{ ref('assembled_then') }} group by id\n"
    ),
    "data/parts/1.csv": "n\n1\n",
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
STAMP = "create or replace macro main.stamp() as now()"
END = "create or replace table main.ended as select {} + count(*) as n from raw.events_b"
# Ways in which a model says the time, each with the kind of the model.
TIMES = (
    ("table", "select now() as moment"),
    ("view", "select current_timestamp as moment"),
    ("ephemeral", "select get_current_timestamp() as moment"),
    ("table", "select main.stamp() as moment"),
    ("table", "select cast('{{ run_started_at }}' as timestamptz) as moment"),
    ("view", "{% set right_now = run_query('select now()') %} select cast('{{ right_now.columns[0].values()[0]"
             " if execute else '2020-01-01' }}' as timestamptz) as moment"),
)  # fmt: skip
PYTHON_TIME = """
import datetime


def model(dbt, session):
    dbt.config(materialized="table")
    now = datetime.datetime.now(datetime.timezone.utc)
    return session.sql(f"select timestamptz '{now.isoformat()}' as moment")
"""


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
    start, end = text.index("on-run-start:"), text.index("vars:")
    project.write_text(f"{text[:start]}{_hooks(chance.randint(1, 9))}{text[end:]}")


def _hooks(factor: int) -> str:
    return f'on-run-start: ["{HOOK.format(factor)}", "{STAMP}"]\non-run-end: ["{END.format(factor)}"]\n'


def _hook_of_model(shop: Shop, chance: random.Random) -> None:
    text = MORE["dbt/models/hooked.sql"]
    shop.write("dbt/models/hooked.sql", text.replace("select id from", f"select id + {chance.randint(1, 9)} from"))


def _part(shop: Shop, chance: random.Random) -> None:
    """A file that a pattern of a model finds comes, changes or goes; the first one stays."""
    path = shop.path / f"data/parts/{chance.randint(1, 3)}.csv"
    if path.exists() and path.name != "1.csv" and chance.random() < 0.5:
        path.unlink()
    else:
        path.write_text(f"n\n{chance.randint(1, 9)}\n")


def _snapshot(shop: Shop, chance: random.Random) -> None:
    name = "dbt/snapshots/assembled_then.sql"
    text = MORE[name].replace("+ 0", f"+ {chance.randint(0, 2)}")
    text = text.replace("as times", chance.choice(["as times", "as times, 1 as one"]))
    shop.write(name, text.replace("'invalidate'", chance.choice(["'invalidate'", "'ignore'"])))


def _time(shop: Shop, chance: random.Random) -> None:
    """The model that holds the time gets it in another way."""
    for path in shop.path.glob("dbt/models/timed.*"):
        path.unlink()
    way = chance.randrange(len(TIMES) + 1)
    if way == len(TIMES):
        shop.write("dbt/models/timed.py", PYTHON_TIME)
    else:
        kind, sql = TIMES[way]
        shop.write("dbt/models/timed.sql", f"{{{{ config(materialized='{kind}') }}}} {sql}\n")


def _kind(shop: Shop, chance: random.Random) -> None:
    kind = chance.choice(["view", "table"])
    shop.write("dbt/models/seen.sql", f"{{{{ config(materialized='{kind}') }}}} {MORE['dbt/models/seen.sql']}")


EDITS: list[Edit] = [
    _raw, _file, _package, _seed, _version, _model, _comment, come_or_go, _var, _hook, _kind,
    _hook_of_model, _part, _snapshot, _time,
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = reading_project(tmp_path_factory.mktemp("edited"))
    for name, text in MORE.items():
        shop.write(name, text)
    project = shop.path / "dbt/dbt_project.yml"
    project.write_text(f"{project.read_text()}\n{_hooks(1)}vars: {{least: 0}}\n")
    shop.dev()
    return shop


def follow(shop: Shop, seed: int, edits: int) -> None:
    same_as_plain(shop, shop.path.parent)  # so that snapshots of plain dbt begin where those of the project do
    before = datetime.now(UTC)
    for done in runs_after(shop, EDITS, seed, edits, RunOptions()):
        try:
            same_as_plain(shop, shop.path.parent)
            [(moment,)] = shop.query("select moment from main.of_timed")
            assert moment >= before, "a model holds the time of an earlier run"
        except AssertionError as error:
            raise AssertionError((seed, done)) from error
        before = datetime.now(UTC)


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
