"""Events, all columns, real sessions, the plan included: rows per second, against the usual generators."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from bench.measuring import Row, middle, run

BASELINES = Path(__file__).parent.parent / "baselines"
MAKE = """
import time
from datetime import datetime
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.dataset import SaasDataset
def once():
    world = SaasDataset(WorldSettings(42, datetime(2025, 1, 1), datetime(2026, 1, 1),
                      {{"users": 200_000, "events": {count}, "orders": 0}}), compiled={compiled})
    began = time.perf_counter()
    made = sum(batch.num_rows for batch in world.tables["raw_events"].batches())
    assert made == {count}
    return made / (time.perf_counter() - began)
once()
print(once())
"""


def rows() -> Iterator[Row]:
    faker = _figure([sys.executable, str(BASELINES / "faker_rows.py"), "events", "20000"])
    mimesis = _figure([sys.executable, str(BASELINES / "mimesis_rows.py"), "40000"])
    count = 10_000_000
    for compiled, how in ((False, "NumPy alone"), (True, "numba, compiled before"))[: 2 if find_spec("numba") else 1]:
        make = [sys.executable, "-c", MAKE.format(count=count, compiled=compiled)]
        rate = middle([_figure(make) for _ in range(3)])
        yield Row("events, rows/s", rate, "rows/s", "≥ 10 M; stretch 25 M", "Faker per row", faker, how)
        yield Row("events, rows/s", rate, "rows/s", "", "mimesis per row", mimesis, how)


def _figure(command: list[str]) -> float:
    return float(run(command).output.strip().splitlines()[-1])
