"""Prints the content hashes of the default saas data set as JSON: what test_content_hash.py holds as literals.

    python tests/synth/default_hashes.py [numpy | numba]

Each table is made in several ways; if they do not agree, all hashes are printed, and the exit code is 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa

from sbdk.datasets.saas.dataset import SaasDataset
from sbdk.export.content_hash import content_hash
from sbdk.spec.world import WorldSettings
from sbdk.synth.table import TableSet

SETTINGS = WorldSettings(
    seed=42,
    start=datetime(2025, 1, 1),
    anchor=datetime(2026, 1, 1),
    volumes={"users": 10_000, "events": 50_000, "orders": 20_000},
)


def ways(world: TableSet, table: str) -> Iterator[Iterator[pa.RecordBatch]]:
    """All rows: at once; in odd batches on threads; in three ranges, the last one first."""
    yield world.tables[table].batches(threads=1)
    yield world.tables[table].batches(batch_size=777, threads=4)
    rows = world.tables[table].count()
    bounds = [(rows * 2 // 3, rows), (0, rows // 7), (rows // 7, rows * 2 // 3)]
    yield (batch for start, stop in bounds for batch in world.tables[table].batches(start, stop, threads=2))


def main() -> int:
    compiled = "numba" in sys.argv
    if not compiled:
        sys.modules["numba"] = None  # type: ignore[assignment]  # importing it now fails as if it were not there
    world = SaasDataset(SETTINGS, compiled=compiled)
    found = {
        table: {content_hash(way, world.tables[table].schema) for way in ways(world, table)} for table in world.tables
    }
    agreed = all(len(hashes) == 1 for hashes in found.values())
    print(json.dumps({table: " and ".join(sorted(hashes)) for table, hashes in found.items()}, indent=4))
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
