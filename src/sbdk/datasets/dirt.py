"""From a world and a configuration to the sources of its tables and the dirt on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sbdk.core.errors import ConfigError
from sbdk.spec.dirt import with_defaults
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.source import Source, WorldSource
from sbdk.synth.dirt.values import check_defects
from sbdk.synth.table import World


def dirt_of(world: World, seed: int, rates: Mapping[str, Mapping[str, float]]) -> Dirt:
    """The configuration's `dirt` over the defaults of the world's own data sets.

    Raises ConfigError for a table or a column that the world does not have, and for a rate outside 0..1.
    """
    defaults: dict[str, Mapping[str, float]] = {}
    for table in world.tables:
        own = _owner(world, table)
        defaults.update({t: r for t, r in getattr(own, "default_dirt", {}).items() if t == table})
    for table in rates:
        if table not in world.tables:
            raise ConfigError(f"dirt.{table}: no such table", hint=f"known: {', '.join(world.tables)}")
    dirt = Dirt(seed, with_defaults(rates, defaults))
    for table in dirt.rates:
        check_defects(dirt.of(table), open_source(world, table, dirt))
    return dirt


def open_source(world: World, table: str, dirt: Dirt) -> Source:
    """A table as its records come about: by the world's own rules if it has any for streams."""
    own = _owner(world, table)
    make = getattr(own, "source", None)
    source: Source = make(table, dirt) if make else WorldSource(own, table)
    return source


def _owner(world: Any, table: str) -> Any:
    """The data set that a table is of."""
    return world.owner(table) if hasattr(world, "owner") else world
