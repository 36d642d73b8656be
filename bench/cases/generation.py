"""1 M users, 5 M events, 2 M orders, made and thrown away; and memory as events grow."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.measuring import Row, middle, run

MAKE = """
import resource, time
from datetime import datetime
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.dataset import SaasDataset
began = time.perf_counter()
world = SaasDataset(WorldSettings(42, datetime(2025, 1, 1), datetime(2026, 1, 1), {volumes}))
for table in {tables}:
    for batch in world.tables[table].batches():
        pass
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def rows() -> Iterator[Row]:
    volumes = {"users": 1_000_000, "events": 5_000_000, "orders": 2_000_000}
    samples = [make(volumes, ["raw_users", "raw_events", "raw_orders"]) for _ in range(3)]
    yield Row("1 M users / 5 M events / 2 M orders, generated", middle([s for s, _ in samples]), "s", "≤ 5 s")
    yield Row("… peak memory of the process", middle([m for _, m in samples]), "MB", "≤ 500 MB")
    small = make({"users": 1_000_000, "events": 1_000_000, "orders": 0}, ["raw_events"])[1]
    large = make({"users": 1_000_000, "events": 20_000_000, "orders": 0}, ["raw_events"])[1]
    yield Row("memory while making 20 M events", large, "MB", "flat", "1 M events", small)


def make(volumes: dict[str, int], tables: list[str]) -> tuple[float, float]:
    output = run([sys.executable, "-c", MAKE.format(volumes=volumes, tables=tables)]).output
    seconds, memory = output.strip().splitlines()[-1].split()
    return float(seconds), float(memory)
