"""The documented shop and the settings that tests open it under."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sbdk.core.registry import load_plugins
from sbdk.datasets.declared.dataset import DeclaredDataset, parse_dataset
from sbdk.datasets.union import open_dataset
from sbdk.spec.world import WorldSettings
from sbdk.synth.table import TableSet

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "shop"
START, ANCHOR = datetime(2025, 1, 1), datetime(2026, 1, 1)


def settings(seed: int = 42) -> WorldSettings:
    return WorldSettings(seed, START, ANCHOR, {}, {}, "country")


def shop(seed: int = 42) -> TableSet:
    with load_plugins(EXAMPLE / "plugins").active():
        return open_dataset("datasets/shop.yml", settings(seed), EXAMPLE)


def table(world: TableSet, name: str, start: int = 0, stop: int | None = None, **options: Any) -> pa.Table:
    batches = list(world.tables[name].batches(start, stop, **options))
    return pa.Table.from_batches(batches, world.tables[name].schema)


def columns(**columns: dict[str, Any]) -> dict[str, Any]:
    """A declaration of one table `t` of 5,000 rows: a key, and the columns given."""
    declared = {"id": {"generator": "sequence"}, **columns}
    return {"name": "d", "tables": {"t": {"rows": 5_000, "key": "id", "columns": declared}}}


def opened(content: dict[str, Any], seed: int = 42) -> DeclaredDataset:
    return DeclaredDataset(parse_dataset(content, file="d.yml"), settings(seed), file=Path("d.yml"))


def made(seed: int = 42, **declared: dict[str, Any]) -> pa.Table:
    """The table `t` with the columns given."""
    return table(opened(columns(**declared), seed), "t")
