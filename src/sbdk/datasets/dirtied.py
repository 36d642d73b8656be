"""A world with the dirt that its configuration asks for, but for tables whose dirt is on their streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbdk.synth.dirt.apply import DirtyWorld
from sbdk.datasets.dirt import dirt_of
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.table import World


def dirtied(world: World, seed: int, rates: Mapping[str, Mapping[str, float]]) -> World:
    """The world itself where no table without a stream of its own has a rate. ConfigError as in `dirt_of`."""
    chosen = {table: dict(defects) for table, defects in rates.items() if not _streams(world, table)}
    if not any(rate for defects in chosen.values() for rate in defects.values()):
        return world
    dirt_of(world, seed, rates)
    return DirtyWorld(world, Dirt(seed, chosen))


def _streams(world: Any, table: str) -> bool:
    """Whether the table's data set emits it as a stream: its clean rows stay what `sbdk generate` makes."""
    if table not in world.tables:
        return False
    own = world.owner(table) if hasattr(world, "owner") else world
    return table in getattr(own, "default_dirt", {})
