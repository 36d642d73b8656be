"""A process that emits retail streams into a landing folder: emitting.py FOLDER SEED HOURS [FORMAT] [CLOCK RATE]."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.spec.data_set_sections import StreamSettings
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import dirt_of
from sbdk.synth.streams import LandingSink, run_streams

START = datetime(2026, 1, 1)
BUSY = {
    "initial": {"stores": 5, "customers": 50, "products": 20},
    "new_per_batch": {"stores": 10, "customers": 30, "products": 20},
    "new_per_day": {"stores": 1e6, "customers": 1e6, "products": 1e6},
    "update_share": {"stores": 0.5, "customers": 0.3, "products": 0.3},
}
"""Few entities at the start, and so many new ones and updates that an hour has every case."""
TABLES = ("stores", "customers", "products", "sales")


def retail(seed: int, days: float = 1, **streams: object) -> RetailDataset:
    settings = WorldSettings(seed, START, START + timedelta(days=days), {})
    return RetailDataset(settings, StreamSettings.model_validate({**BUSY, **streams}))


def content(folder: Path, stream: str) -> bytes:
    """The files in order, whose names must say what is in them without a gap."""
    at, parts = 0, []
    for path in sorted((folder / stream).glob("*.jsonl")):
        first, _, stop = path.stem.partition("-")
        data = path.read_bytes()
        assert int(first) == at
        assert data.endswith(b"\n")
        assert data.count(b"\n") == int(stop) - int(first)
        at = int(stop)
        parts.append(data)
    return b"".join(parts)


def main(
    folder: str, seed: str, hours: str, file_format: str = "jsonl", clock: str = "virtual", rate: str = "0"
) -> None:
    world = retail(int(seed))
    run_streams(
        world,
        dirt_of(world, int(seed), {}),
        LandingSink(Path(folder), file_format),
        until=START + timedelta(hours=float(hours)),
        clock=clock,
        rate=float(rate) or None,
        batches_per_file=1,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
