"""A dbt project of three models and an ephemeral one, in a folder of its own, and databases with its raw table."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import duckdb

from sbdk.transform import Worker

FILES = {
    "dbt_project.yml": "name: tiny\nversion: '1.0'\nprofile: tiny\n",
    "profiles.yml": """
tiny:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('SBDK_DATABASE', 'nowhere.duckdb') }}", threads: 2}
""",
    "seeds/rates.csv": "currency,rate\nUSD,1.0\nEUR,1.1\n",
    "models/stg_orders.sql": (
        "select o.order_id, o.user_id, o.amount * r.rate as amount_usd\n"
        "from {{ source('raw', 'raw_orders') }} o join {{ ref('rates') }} r using (currency)\n"
    ),
    "models/big_orders.sql": (
        "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('stg_orders') }} where amount_usd >= 10\n"
    ),
    "models/dim_users.sql": (
        "{{ config(materialized='table') }}\n"
        "select user_id, sum(amount_usd) as value, '{{ target.name }}' as target\n"
        "from {{ ref('big_orders') }} group by user_id\n"
    ),
    "models/late_orders.sql": "select * from {{ ref('dim_users') }} where value > 1000\n",
    "models/schema.yml": """
sources:
  - name: raw
    schema: raw
    tables:
      - name: raw_orders
        config:
          loaded_at_field: loaded_at
          freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 10000, period: day}}
models:
  - name: stg_orders
    columns:
      - name: order_id
        data_tests: [unique, not_null]
      - name: user_id
        data_tests:
          - not_null: {config: {severity: warn}}
  - name: dim_users
    columns: [{name: user_id, data_tests: [unique]}]
unit_tests:
  - name: amounts_are_in_dollars
    model: stg_orders
    given:
      - input: source('raw', 'raw_orders')
        rows: [{order_id: 1, user_id: 7, amount: 10, currency: EUR}]
      - input: ref('rates')
        rows: [{currency: EUR, rate: 1.5}]
    expect: {rows: [{order_id: 1, user_id: 7, amount_usd: 15}]}
""",
    "tests/no_negative_amounts.sql": "select order_id, amount_usd from {{ ref('stg_orders') }} where amount_usd < 0\n",
}
RAW = [(1, 1, "10.00", "USD"), (2, 1, "20.00", "EUR"), (3, 2, "5.00", "USD"), (4, 2, "40.00", "USD")]


class TinyProject:
    """The project's folder, and where its worker and its databases live. Every database is called dev.duckdb."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.dbt = root / "dbt"
        self.target = root / "target"
        self.log = root / "dbt.log"
        self.database = self.new_database("build")

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.dbt / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def new_database(self, folder: str, more: tuple[tuple[Any, ...], ...] = ()) -> Path:
        """A file dev.duckdb with the raw table, and `more` rows in it."""
        path = self.root / folder / "dev.duckdb"
        path.parent.mkdir(parents=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema raw")
            connection.execute(
                "create table raw.raw_orders (order_id int, user_id int, amount decimal(12,2), currency text,"
                " loaded_at timestamp default timestamp '2026-01-01')"
            )
            rows = [*RAW, *more]
            connection.executemany("insert into raw.raw_orders values (?, ?, ?, ?, default)", rows)
        return path

    def start(
        self, env: dict[str, str] | None = None, *, python: Path | str = sys.executable, **options: Any
    ) -> Worker:
        environment = {**os.environ, **(env or {})}
        options = {"database": self.database, "threads": 2, **options}
        return Worker.start(python, self.dbt, self.dbt, self.target, self.log, "dev", environment, **options)


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()
