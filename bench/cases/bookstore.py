"""The five tables of the bookstore at scale 10,000, made, and made and loaded by a real run; beside Faker per row.

Faker makes a thousandth of the rows; its time is multiplied by 1,000.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.cases.projects import SBDK
from bench.measuring import Row, middle, run

SCALE = 10_000
DEFAULTS = {"publishers": 10, "books": 100, "sales": 100, "inventory": 50, "campaign_events": 50}
SAMPLE = 1_000
FAKER = Path(__file__).parents[1] / "baselines" / "faker_books.py"
MAKE = """
import resource, time
from datetime import datetime
from sbdk.spec.world import WorldSettings
from sbdk.datasets.bookstore.dataset import BookstoreDataset
began = time.perf_counter()
world = BookstoreDataset(WorldSettings(42, datetime(2025, 1, 1), datetime(2026, 1, 1), {volumes}))
for table in world.tables:
    for batch in world.tables[table].batches():
        pass
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def rows() -> Iterator[Row]:
    asked = [f"{table}={count * SCALE // SAMPLE}" for table, count in DEFAULTS.items()]
    faker = last(run([sys.executable, str(FAKER), *asked]).output)[0] * SAMPLE
    usual = f"Faker per row, {SAMPLE:,} × a sample"
    made = [last(run([sys.executable, "-c", MAKE.format(volumes=volumes())]).output) for _ in range(3)]
    size = "1 M books, 1 M sales, 3.1 M rows in all"
    yield Row("bookstore × 10,000, generated", middle([s for s, _ in made]), "s", "", usual, faker, size)
    yield Row("… peak memory of the process", middle([m for _, m in made]), "MB", "")
    yield Row("bookstore × 10,000, generated and loaded", loaded(), "s", "≤ 10 s", usual, faker, "dev --pipelines-only")
    yield Row("bookstore default project, second run", again(), "s", "≤ 5 s", note="dev --full-refresh")


def volumes() -> dict[str, int]:
    return {table: count * SCALE for table, count in DEFAULTS.items()}


def loaded() -> float:
    """Seconds of the whole command, the file published; median of three new projects."""
    return middle([_in_new_project([("--pipelines-only",)], scale=SCALE) for _ in range(3)])


def again() -> float:
    return _in_new_project([(), ("--full-refresh",), ("--full-refresh",), ("--full-refresh",)])


def _in_new_project(runs: list[tuple[str, ...]], **keys: float) -> float:
    """Seconds of the runs, one after the other in one project: the median but for the first, if there are more."""
    scratch = Path(tempfile.mkdtemp(prefix="sbdk-bench-"))
    try:
        run([SBDK, "init", "books", "--template", "bookstore", "--yes"], cwd=scratch)
        config = scratch / "books" / "sbdk_config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), **keys}))
        seconds = [run([SBDK, "dev", *options], cwd=scratch / "books").seconds for options in runs]
        return middle(seconds[1:] or seconds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def last(output: str) -> list[float]:
    return [float(word) for word in output.strip().splitlines()[-1].split()]
