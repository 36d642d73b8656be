"""5 M events from Parquet parts through dlt into DuckDB, against DuckDB's own CREATE TABLE AS on the same files."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.measuring import Row, middle, run

LOAD = """
import shutil, tempfile, time
from datetime import datetime
from pathlib import Path
import dlt, duckdb
import pyarrow.parquet as pq
from sbdk.load import Loader, parquet_item
from sbdk.targets.duckdb.build import DuckDBBuild
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.export import write_parts
from sbdk.core.events import silent

scratch = Path(tempfile.mkdtemp(prefix="sbdk-load-"))
try:
    world = SaasDataset(WorldSettings(42, datetime(2025, 1, 1), datetime(2026, 1, 1),
                      {"users": 200_000, "events": 5_000_000, "orders": 0}))
    (scratch / "parts").mkdir()
    parts = write_parts(world, "raw_events", 0, 5_000_000, scratch / "parts", clock=world.anchor, emit=silent)
    began = time.perf_counter()
    with duckdb.connect(str(scratch / "direct.duckdb")) as connection:
        connection.execute("create table raw_events as select * from read_parquet(?)", [[str(part) for part in parts]])
    direct = time.perf_counter() - began

    @dlt.resource(name="raw_events", write_disposition="append")
    def raw_events():
        for part in parts:
            yield parquet_item(part, pq.read_metadata(part).num_rows, world.tables["raw_events"].schema)

    source = dlt.source(lambda: raw_events, name="bench")()
    began = time.perf_counter()
    loader = Loader(DuckDBBuild(scratch, scratch / "build.duckdb", "r1", None), scratch / "dlt", root=scratch)
    loader.extract([source])
    loaded = loader.load()
    through = time.perf_counter() - began
    assert loaded["raw_events"] == 5_000_000
    print(direct, through)
finally:
    shutil.rmtree(scratch)
"""


def rows() -> Iterator[Row]:
    pairs = [tuple(map(float, run([sys.executable, "-c", LOAD]).output.split()[-2:])) for _ in range(5)]
    direct = middle([pair[0] for pair in pairs])
    through = middle([pair[1] for pair in pairs])
    yield Row("5 M events through dlt", through, "s", "≤ 1.1 × CTAS", "direct CREATE TABLE AS", direct)
    yield Row("5 M events through dlt, rows/s", 5_000_000 / through, "rows/s", "≥ 1.2 M", "direct", 5_000_000 / direct)
