"""The four retail streams with their default dirt, virtual clock, into a landing folder; beside Faker on threads."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measuring import Row, middle, run

EMIT = """
import sys
from datetime import datetime
from pathlib import Path
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import dirt_of
from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.synth.streams import LandingSink, run_streams
world = RetailDataset(WorldSettings(42, datetime(2026, 1, 1), datetime(2026, 1, 2), {{}}))
sink = LandingSink(Path({folder!r}), {format!r}, durable=False)
result = run_streams(world, dirt_of(world, 42, {{}}), sink, batches=288 * {days}, batches_per_file={per_file})
print(sum(result.emitted.values()) / result.seconds)
"""
TRUTH = """
import time
from datetime import datetime
from pathlib import Path
from sbdk.datasets.answer_key import write_truth
from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.datasets.union import Datasets
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import dirt_of
world = RetailDataset(WorldSettings(42, datetime(2026, 1, 1), datetime(2026, 1, 8), {{}}))
began = time.perf_counter()
write_truth(Datasets.of(world), dirt_of(world, 42, {{}}), Path({folder!r}))
print(time.perf_counter() - began)
"""
FAKER = Path(__file__).parents[1] / "baselines" / "faker_streams.py"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        faker = last(run([sys.executable, str(FAKER), folder, "5"]).output)
    usual = "Faker, a thread per stream"
    yield Row("streams to JSON Lines, a file per hour", emit("jsonl", 14, 12), "rec/s", "", usual, faker)
    yield Row("streams to JSON Lines, a file per day", emit("jsonl", 28, 288), "rec/s", "≥ 500,000", usual, faker)
    yield Row("streams to Parquet, a file per day", emit("parquet", 56, 288), "rec/s", "≥ 3,000,000", usual, faker)
    yield Row("the truth of a week (1 M sales)", middle([truth() for _ in range(3)]), "s", "")


def emit(file_format: str, days: int, per_file: int) -> float:
    """Records of all streams per second, median of three runs."""
    figures = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            code = EMIT.format(folder=folder, format=file_format, days=days, per_file=per_file)
            figures.append(last(run([sys.executable, "-c", code]).output))
    return middle(figures)


def truth() -> float:
    with tempfile.TemporaryDirectory() as folder:
        return last(run([sys.executable, "-c", TRUTH.format(folder=folder)]).output)


def last(output: str) -> float:
    return float(output.strip().splitlines()[-1])
