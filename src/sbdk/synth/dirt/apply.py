"""Any world with its dirt: the tables as a loader would receive them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.engine import CHUNK, in_batches
from sbdk.synth.timeline import micros
from sbdk.synth.table import ForeignKey, World


class DirtyWorld:
    """A `World` whose row p is the p-th delivery of the clean one, in typed columns.

    Tables with a rate have `_rescued_data` (null for sound rows) and may repeat keys; others are as they were.
    """

    def __init__(self, world: World, dirt: Dirt) -> None:
        self._world, self._dirt = world, dirt
        dirty = [table for table in world.tables if any(dirt.of(table).rates.values())]
        self._streams = {table: Stream(world, table, dirt) for table in dirty}

    @property
    def tables(self) -> tuple[str, ...]:
        return self._world.tables

    @property
    def anchor(self) -> datetime:
        return self._world.anchor

    def owner(self, table: str) -> World:
        """The data set that the table is of, clean."""
        whole: Any = self._world
        found: World = whole.owner(table) if hasattr(whole, "owner") else whole
        return found

    def fingerprint(self, table: str) -> str:
        own = self._world.fingerprint(table)
        if table not in self._streams:
            return own
        facts = [own, self._dirt.seed, {name: dict(rates) for name, rates in sorted(self._dirt.rates.items())}]
        return blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()

    def schema(self, table: str) -> pa.Schema:
        return self._streams[table].schema if table in self._streams else self._world.schema(table)

    def key(self, table: str) -> tuple[str, ...]:
        return self._world.key(table)

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        return self._world.foreign_keys(table)

    def time_column(self, table: str) -> str | None:
        return self._world.time_column(table)

    def count(self, table: str, clock: datetime | None = None) -> int:
        """Deliveries before the clock; of a table without time, all."""
        if table not in self._streams:
            return self._world.count(table, clock)
        if self._world.time_column(table) is None:
            return self._streams[table].deliveries.all()
        return self._streams[table].count(micros(clock or self.anchor))

    def batches(
        self,
        table: str,
        start: int = 0,
        stop: int | None = None,
        *,
        clock: datetime | None = None,
        batch_size: int = CHUNK,
        threads: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Deliveries start ≤ position < stop, in emission order."""
        if table not in self._streams:
            yield from self._world.batches(table, start, stop, clock=clock, batch_size=batch_size, threads=threads)
            return
        stream = self._streams[table]
        end = self.count(table, clock) if stop is None else stop

        def make(low: int, high: int) -> pa.RecordBatch:
            return stream.chunk(low, high).typed

        yield from in_batches(make, start, end, batch_size=batch_size, threads=threads)
