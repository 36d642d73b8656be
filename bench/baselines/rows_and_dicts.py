"""The default job as it is usually written: Faker per row, dlt with dicts, then dbt's commands on the same models.

python rows_and_dicts.py WORKDIR DBT_PROJECT     # 10,000 users, 50,000 events, 20,000 orders
"""

import os
import subprocess
import sys
from pathlib import Path

import dlt
import duckdb
from faker_rows import events, orders, users

VOLUME = {"users": 10_000, "events": 50_000, "orders": 20_000}


def main(work: Path, dbt_project: Path) -> None:
    database = work / "dev.duckdb"
    pipeline = dlt.pipeline(
        "baseline",
        pipelines_dir=str(work / "dlt"),
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="raw",
    )
    made = {"users": users, "events": events, "orders": orders}
    resources = [dlt.resource(made[name](count), name=f"raw_{name}") for name, count in VOLUME.items()]
    pipeline.run(resources)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema _sbdk; create table _sbdk.clock as select timestamp '2026-01-01' as now")
    dbt(work, dbt_project, database, "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt(work, dbt_project, database, "test")  # such data fails some of the tests; that takes no longer


def dbt(work: Path, project: Path, database: Path, *command: str) -> None:
    """The dbt command line. Exit code 1 is a failed test; anything above is a mistake of ours."""
    program = [str(Path(sys.executable).parent / "dbt"), *command]
    where = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(work / "target")]
    environment = {**os.environ, "SBDK_DATABASE": str(database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"}
    done = subprocess.run([*program, *where], env=environment, check=False)
    if done.returncode > 1 or (done.returncode and command[0] == "build"):
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
