"""A project whose models read in every way: assembled names, the catalog, files, packages, variables, snapshots."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from support import plain
from support.shops import Shop, make

PIPELINE = """
import json
import dlt
import sbdk


def events(name):
    @dlt.resource(name=f"events_{name}", write_disposition="replace")
    def rows():
        for path in sbdk.local_files(f"data/{name}.json"):
            yield json.loads(path.read_text())

    return rows


events_a, events_b = events("a"), events("b")
"""
# The package is linked as `dbt deps` links one of this machine. Its macro asks the database which tables there are.
ASKING = """
{% macro all_events() %}
  {% if execute %}
    {% set found = run_query("select table_name from information_schema.tables where table_schema = 'raw'"
                             " and starts_with(table_name, 'events_') order by 1") %}
    {% for name in found.columns[0].values() %}
      select id + 0 as id from raw.{{ name }} {{ 'union all' if not loop.last }}
    {% endfor %}
  {% endif %}
{% endmacro %}
"""
TIMED = frozenset({"main.timed", "main.of_timed"})
"""Tables of tests that hold the time of the run, and so differ from those of another run."""
FILES = {
    "pipelines/events.py": PIPELINE,
    "data/a.json": json.dumps([{"id": 1}, {"id": 2}]),
    "data/b.json": json.dumps([{"id": 3}]),
    "data/sizes.csv": "size\n1\n2\n",
    "data/more.csv": "size\n10\n",
    "packages/asking/dbt_project.yml": "name: asking\nversion: '1.0'\n",
    "packages/asking/macros/all_events.sql": ASKING,
    "dbt/models/assembled.sql": (
        "{{ config(materialized='table') }}\n{% for name in ['a', 'b'] %}\n"
        "select id from raw.events_{{ name }} {{ 'union all' if not loop.last }}\n{% endfor %}\n"
    ),
    "dbt/models/asked.sql": "{{ config(materialized='table') }} {{ asking.all_events() }}\n",
    "dbt/models/below.sql": "{{ config(materialized='table') }} select count(*) as n from {{ ref('asked') }}\n",
    "dbt/models/from_file.sql": "{{ config(materialized='table') }} from read_csv('../data/sizes.csv')\n",
    "dbt/models/from_source.sql": "{{ config(materialized='table') }} from {{ source('files', 'more') }}\n",
    "dbt/models/apart.sql": "{{ config(materialized='table') }} select 1 as one -- now(), raw.events_a\n",
    "dbt/models/greeting.sql": (
        "{{ config(materialized='table') }} select '{{ env_var('SHOP_' ~ 'GREETING', 'hi') }}' as t\n"
    ),
    "dbt/models/models.yml": """
sources:
  - name: files
    meta: {external_location: "read_csv('../data/{name}.csv')"}
    tables: [{name: more}]
exposures:
  - {name: page, type: dashboard, owner: {email: a@example.com}, depends_on: [ref('below')]}
""",
}


def reading_project(folder: Path) -> Shop:
    """The project, never run."""
    shop = make(folder, "reads", "blank")
    for name, text in FILES.items():
        shop.write(name, text)
    (shop.path / "dbt/dbt_packages").mkdir()
    (shop.path / "dbt/dbt_packages/asking").symlink_to("../../packages/asking", target_is_directory=True)
    shop.write("dbt/packages.yml", "packages: [{local: ../packages/asking}]\n")
    return shop


def same_as_plain(shop: Shop, folder: Path, **environment: str) -> None:
    """Every table of dbt is the one that plain dbt builds from the same raw tables, from nothing.

    But for snapshots, which plain dbt keeps in `folder` from one call to the next: so call this after each run.
    """
    database = folder / "plain" / "dev.duckdb"
    database.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{shop.published}' as published (read_only)")
        _drop_all_but_snapshots(connection)
        connection.execute("create schema raw")
        for name in ("events_a", "events_b"):
            connection.execute(f"create table raw.{name} as from published.raw.{name}")
    answer = plain.dbt(shop.path / "dbt", database, "build", **environment)
    assert answer.code == 0, answer
    assert _models(shop.published, shop.path / "dbt") == _models(database, shop.path / "dbt")


def _drop_all_but_snapshots(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("drop schema if exists raw cascade")
    for kind, column in (("view", "view_name"), ("table", "table_name")):
        made = connection.execute(
            f"select {column} from duckdb_{kind}s() where not internal and schema_name = 'main'"
            " and database_name = current_database()"
        ).fetchall()
        for (name,) in made:
            connection.execute(f'drop {kind} main."{name}"')


def _models(database: Path, start: Path) -> dict[str, tuple[list[tuple[str, str]], list[str]]]:
    """Tables of the schema main but those that hold the time, and versions of the schema history without times."""
    found = plain.tables(database, start=start)
    models = {name: rows for name, rows in found.items() if name.startswith("main.") and name not in TIMED}
    return (
        models
        | {f"{name} (times)": (rows[0], []) for name, rows in found.items() if name in TIMED}
        | _versions(database)
    )


def _versions(database: Path) -> dict[str, tuple[list[tuple[str, str]], list[str]]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'history'"
        ).fetchall()
        return {f"history.{name}": _versions_of(connection, name) for (name,) in names}


def _versions_of(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[list[tuple[str, str]], list[str]]:
    kinds = [(column, kind) for column, kind, *_ in connection.execute(f'describe history."{name}"').fetchall()]
    rows = connection.execute(
        "select * exclude (dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to), dbt_valid_to is null"
        f' from history."{name}" order by all'
    ).fetchall()
    return kinds, [repr(row) for row in rows]
