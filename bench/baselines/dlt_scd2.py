"""Seconds that dlt's merge strategy `scd2` takes for a whole history: one load for each round of changes."""

from __future__ import annotations

import os
import sys
import tempfile
import time

import dlt
import duckdb

from bench.baselines.changes import ROUNDS, feed

SCD2 = {"disposition": "merge", "strategy": "scd2", "row_version_column_name": "version"}


def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
        connection.register("feed", feed(events, events // 10, deleted=0))
        connection.execute(ROUNDS)
        last = connection.execute("select max(round) from rounds").fetchall()[0][0]
        pipeline = dlt.pipeline(
            "history", pipelines_dir=folder, destination=dlt.destinations.duckdb(f"{folder}/h.duckdb")
        )
        began = time.perf_counter()
        for number in range(1, last + 1):
            changed = connection.sql(
                "select id, city, points, price, md5(concat_ws('|', id, updated_at, city, points, price)) as version "
                f"from rounds where round = {number}"
            ).to_arrow_table()
            rows = dlt.resource(changed, name="history", merge_key="id", write_disposition=SCD2)
            pipeline.run(rows)
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main(int(sys.argv[1]))
