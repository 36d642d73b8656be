"""The default job as it is usually written: Faker per row, dlt with dicts, then the dbt command on the same models.

python rows_and_dicts.py WORKDIR DBT_PROJECT     # 10,000 users, 50,000 events, 20,000 orders
"""

import os
import subprocess
import sys
from pathlib import Path

import dlt
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
    dbt = [
        str(Path(sys.executable).parent / "dbt"),
        "parse",
        "--project-dir",
        str(dbt_project),
        "--profiles-dir",
        str(dbt_project),
    ]
    environment = {**os.environ, "SBDK_DATABASE": str(database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"}
    subprocess.run([*dbt, "--target-path", str(work / "target")], check=True, env=environment)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
