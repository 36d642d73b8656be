"""Seconds that `dbt snapshot` takes for a whole history: one run for each round of changes, in one warm process.

A snapshot keeps the rows of one moment, so the k-th change of every key is shown to it in the k-th run.
Deletes are left out.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from dbt.cli.main import dbtRunner

from bench.baselines.changes import ROUNDS, feed

FILES = {
    "dbt_project.yml": "name: past\nversion: '1.0'\nprofile: past\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "past: {target: dev, outputs: {dev: {type: duckdb, path: past.duckdb, threads: 4}}}\n",
    "snapshots/history.sql": """{% snapshot history %}
{{ config(strategy='timestamp', unique_key='id', updated_at='updated_at', target_schema='main') }}
select id, updated_at, city, points, price from rounds where round = (select number from this_round)
{% endsnapshot %}
""",
}


def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in FILES.items():
            path = Path(name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        with duckdb.connect("past.duckdb") as connection:
            connection.register("feed", feed(events, events // 10, deleted=0))
            connection.execute(ROUNDS)
            connection.execute("create table this_round as select 1::bigint as number")
            last = connection.execute("select max(round) from rounds").fetchall()[0][0]
        runner = dbtRunner()
        options = ["--profiles-dir", ".", "--quiet"]
        runner.invoke(["parse", *options])
        began = time.perf_counter()
        for number in range(1, last + 1):
            with duckdb.connect("past.duckdb") as connection:
                connection.execute("update this_round set number = ?", [number])
            assert runner.invoke(["snapshot", *options]).success
        print(time.perf_counter() - began)
        with duckdb.connect("past.duckdb") as connection:
            made = connection.execute(
                "select (select count(*) from history), (select count(*) from rounds)"
            ).fetchall()[0]
            assert made[0] == made[1], "every change is a version"
        os.chdir("/")


if __name__ == "__main__":
    main(int(sys.argv[1]))
