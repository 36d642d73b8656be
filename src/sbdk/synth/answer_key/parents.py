"""When the dimensions that sales refer to become known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sbdk.synth.dirt.defect_rates import I64, Dirt, Mask
from sbdk.synth.dirt.stream import Chunk, Stream
from sbdk.synth.table import World

NEVER = np.iinfo(np.int64).max
_AFTER = 4 * 3_600_000_000
"""How far after a sale its parent is looked for: longer than any record is held back."""


class Parents:
    """The first readable delivery of each key of the tables that `table` refers to."""

    def __init__(self, world: World, dirt: Dirt, table: str, seen: Mapping[str, int] | None) -> None:
        self._keys = {key.column: key for key in world.foreign_keys(table)}
        self._streams = {column: Stream(world, key.parent, dirt) for column, key in self._keys.items()}
        self._limits = {column: self._limit(column, seen) for column in self._keys}

    def _limit(self, column: str, seen: Mapping[str, int] | None) -> int | None:
        """When the last record of the parent was emitted; None: nobody said how far the parent has come."""
        if seen is None:
            return None
        stop = seen.get(self._keys[column].parent, 0)
        return int(self._streams[column].deliveries.positions(stop - 1, stop).at[0]) if stop else -1

    def of(self, chunk: Chunk) -> tuple[dict[str, Mask], dict[str, I64]]:
        """By column: which sales come before their parent, and when the parent comes (NEVER: not in sight)."""
        unknown, resolved = {}, {}
        until = int(chunk.span.at.max(initial=chunk.stream.source.start)) + _AFTER
        for column in self._keys:
            resolved[column] = self._first(column, until).take(chunk.clean.column(column).to_numpy())
            unknown[column] = resolved[column] > chunk.span.at
        return unknown, resolved

    def held(self, unknown: Mapping[str, Mask], resolved: Mapping[str, I64]) -> Mask:
        """Which sales wait for a parent that has not come yet."""
        masks = []
        for column, mask in unknown.items():
            limit = self._limits[column]
            masks.append(mask if limit is None else mask & (resolved[column] > limit))
        held: Mask = np.logical_or.reduce(masks)
        return held

    def _first(self, column: str, until: int) -> I64:
        """By key: when its first readable record is delivered."""
        stream = self._streams[column]
        rows = np.arange(stream.source.before(until), dtype=np.int64)
        keys = stream.source.rows(rows).column(self._keys[column].parent_column).to_numpy()
        found = np.full(int(keys.max(initial=0)) + 1, NEVER)
        readable = ~stream.damage.lost(rows)
        np.minimum.at(found, keys[readable], stream.deliveries.first_delivery(rows)[readable])
        return found
