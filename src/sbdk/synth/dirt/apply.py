"""Applies dirt: merges a configuration's rates with the data sets' own, and makes tables as a loader receives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

import pyarrow as pa

from sbdk.core.errors import ConfigError
from sbdk.spec.config_sections import with_defaults
from sbdk.synth.batches import Make
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.dirt.values import check_defects
from sbdk.synth.table import CellTable
from sbdk.synth.timeline import micros


def dirt_of(emitter: Emitter, seed: int, rates: Mapping[str, Mapping[str, float]]) -> Dirt:
    """Merge the configuration's `dirt` over the data sets' own.

    Raises ConfigError for a table or a column that does not exist, and for a rate outside 0..1.
    """
    for table in rates:
        if table not in emitter.tables:
            raise ConfigError(f"dirt.{table}: no such table", hint=f"known: {', '.join(emitter.tables)}")
    dirt = Dirt(seed, with_defaults(rates, emitter.default_rates()))
    for table in dirt.rates:
        check_defects(dirt.of(table), emitter.source(table, dirt))
    return dirt


class DirtyTable(CellTable):
    """A table whose row p is the p-th delivery of the clean one, in typed columns, with `_rescued_data`.

    `_rescued_data` is null for sound rows; keys may repeat.
    """

    def __init__(self, emitter: Emitter, table: str, dirt: Dirt) -> None:
        self.clean = emitter.tables[table]
        super().__init__(
            table,
            self.clean.anchor,
            key=self.clean.key,
            foreign_keys=self.clean.foreign_keys,
            time_column=self.clean.time_column,
        )
        self.stream, self._dirt = Stream(emitter, table, dirt), dirt

    @property
    def schema(self) -> pa.Schema:
        return self.stream.schema

    @cached_property
    def fingerprint(self) -> str:
        """Of the clean table, the seed and all rates."""
        rates = {name: dict(rates) for name, rates in sorted(self._dirt.rates.items())}
        decides = [self.clean.fingerprint, self._dirt.seed, rates]
        return blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=16).hexdigest()

    def count(self, clock: datetime | None = None) -> int:
        """Deliveries before the clock; all of them for a table without time."""
        if self.time_column is None:
            return self.stream.deliveries.all()
        return self.stream.count(micros(clock or self.anchor))

    def maker(self, rows: int, clock: datetime | None) -> Make:
        """Deliveries in emission order."""
        return lambda low, high: self.stream.chunk(low, high).typed
