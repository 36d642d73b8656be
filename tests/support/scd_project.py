"""A dbt project whose models are of the materialization `scd`, each over a table of changes, and runs of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import sbdk.cdc
from sbdk.transform import Worker

MACROS = Path(sbdk.cdc.__file__).parent / "dbt"
MODEL = """{{ config(materialized='scd', keys=['id'], sequence_by='seq', apply_as_deletes="op = 'delete'",
          except_column_list=['seq', 'op'], stored_as_scd_type=2%s) }}
select * from raw.%s
"""
SLOW = "select count(*) from range(100000) a, range(100000) b, range(100) c where a.range * b.range = 7.5"
HOOKS = {"merged": "", "refused": "", "keyless": "", "failing": "select error('stopped')", "slow": SLOW}
PAGE = (Path(__file__).parents[2] / "docs" / "cdc.md").read_text(encoding="utf-8")
FILES = {
    "dbt_project.yml": "name: changes\nversion: '1.0'\nprofile: changes\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": """
changes:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('SBDK_DATABASE') }}", threads: 1}
""",
    "models/documented.sql": PAGE.split("```sql\n")[1].split("```")[0],
    **{f"models/{name}.sql": MODEL % (f', post_hook="{hook}"' if hook else "", name) for name, hook in HOOKS.items()},
}
DBT = "import sys; from dbt.cli.main import dbtRunner; sys.exit(0 if dbtRunner().invoke(sys.argv[1:]).success else 1)"


class ScdProject:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "dev.duckdb"
        for name, text in FILES.items():
            self.write(name, text)
        shutil.copytree(MACROS, root / "macros")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def feed(self, model: str, changes: pa.Table) -> None:
        """What the model selects from now on."""
        with duckdb.connect(str(self.database)) as connection:
            connection.register("changes", changes)
            connection.execute("create schema if not exists raw")
            connection.execute(f"create or replace table raw.{model} as from changes")

    def worker(self) -> Worker:
        return Worker.start(
            sys.executable,
            self.root,
            self.root,
            self.root / "target",
            self.root / "dbt.log",
            "dev",
            {**os.environ, "SBDK_DATABASE": str(self.database)},
            database=self.database,
            threads=1,
        )

    def kill_when_it_says(self, word: str, model: str) -> None:
        """Run dbt in a process of its own, and end it by SIGKILL once a line of its output has `word`."""
        command = [sys.executable, "-c", DBT, "run", "--profiles-dir", ".", "--select", model]
        environment = {**os.environ, "SBDK_DATABASE": str(self.database), "DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, cwd=self.root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            assert process.stdout
            assert any(word in line for line in process.stdout), "dbt ended before"
            process.send_signal(signal.SIGKILL)

    def tables(self, model: str) -> list[list[tuple[Any, ...]]]:
        """All rows of the history and of its log, with their places; nothing where they are not."""
        with duckdb.connect(str(self.database)) as connection:
            told = f"select table_name from duckdb_tables() where table_name in ('{model}', '{model}__log') "
            names = connection.execute(told + "and schema_name = 'main' order by 1").fetchall()
            return [connection.execute(f"select rowid, * from main.{name} order by 1").fetchall() for (name,) in names]
