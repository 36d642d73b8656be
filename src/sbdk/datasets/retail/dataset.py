"""The retail world: four tables behind the `World` interface, and the same as sources of dirty streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from sbdk.core.errors import UnknownName
from sbdk.spec.dirt import RETAIL
from sbdk.spec.streams import StreamSettings
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.source import Source
from sbdk.datasets.retail.customers import Customers
from sbdk.datasets.retail.dimensions import Dimension
from sbdk.datasets.retail.late_dimensions import Facts
from sbdk.datasets.retail.products import Products
from sbdk.datasets.retail.sales import Sales
from sbdk.datasets.retail.sources import DimensionSource, SalesSource
from sbdk.datasets.retail.stores import Stores
from sbdk.datasets.retail.vocabulary import VOCABULARY_VERSION
from sbdk.synth.engine import CHUNK, in_batches
from sbdk.synth.timeline import micros
from sbdk.synth.vocab import NAMES_VERSION
from sbdk.synth.table import ForeignKey

RULES_VERSION = 1
"""Raised whenever the same settings would give other cells."""


class RetailWorld:
    """Clean tables: every version of every dimension record, and the sales. Five virtual minutes are a batch.

    The first records are there at the settings' start, batch 0 begins then, and the anchor ends the data: a day has
    288 batches. A dimension's key is the entity and last_update_time; rows ascend by that time, sales by event_time.
    """

    tables = ("stores", "customers", "products", "sales")
    dimensions = ("stores", "customers", "products")
    default_dirt = RETAIL

    def __init__(self, settings: WorldSettings, streams: StreamSettings | None = None) -> None:
        self.settings, self.streams = settings, streams or settings.streams
        self.start = micros(settings.start)
        common = settings.seed, self.start, settings.locale, self.streams
        self._products = Products(*common)
        dimensions: list[Dimension] = [Stores(*common), Customers(*common), self._products]
        self._dimensions = {dimension.name: dimension for dimension in dimensions}
        self._plans = {name: dimension.plan for name, dimension in self._dimensions.items()}
        self._sales = Sales(settings.seed, self.start, self.streams, self._products, self._plans)

    @property
    def anchor(self) -> datetime:
        """The first end of the data."""
        return self.settings.anchor

    def _table(self, table: str) -> Dimension | Sales:
        if table not in self.tables:
            raise UnknownName(f"no synthetic table is called {table!r}", hint=f"known: {', '.join(self.tables)}")
        return self._sales if table == "sales" else self._dimensions[table]

    def fingerprint(self, table: str) -> str:
        """Hex, by everything that a cell of the table depends on; the anchor is not among it."""
        self._table(table)
        return blake2b(json.dumps([table, *self._decides]).encode(), digest_size=16).hexdigest()

    @cached_property
    def _decides(self) -> list[object]:
        arrival = {"interval", "format", "folder", "batches_per_file", "latency_max_s"}
        settings = self.streams.model_dump(exclude=arrival)
        versions = [RULES_VERSION, VOCABULARY_VERSION, NAMES_VERSION]
        return [
            "retail",
            *versions,
            self.settings.seed,
            self.settings.start.isoformat(),
            self.settings.locale,
            settings,
        ]

    def schema(self, table: str) -> pa.Schema:
        """Columns in order; keys are not nullable."""
        return self._table(table).schema

    def key(self, table: str) -> tuple[str, ...]:
        """The entity and its last_update_time for dimensions, transaction_id for sales."""
        known = self._table(table)
        return (known.key,) if table == "sales" else (known.key, known.time_column)

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        """Sales refer to all three dimensions."""
        if self._table(table) is not self._sales:
            return ()
        return tuple(ForeignKey(d.key, d.name, d.key) for d in self._dimensions.values())

    def time_column(self, table: str) -> str:
        """The column by which rows ascend."""
        return self._table(table).time_column

    def count(self, table: str, clock: datetime | None = None) -> int:
        """Records with a time before the clock (default: the anchor)."""
        return self._table(table).before(micros(clock or self.anchor))

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
        """Records start ≤ row < stop (default: all before the clock), in time order, without any dirt."""
        known = self._table(table)
        end = self.count(table, clock) if stop is None else stop

        def make(low: int, high: int) -> pa.RecordBatch:
            return known.rows(np.arange(low, high, dtype=np.int64))

        return in_batches(make, start, end, batch_size=batch_size, threads=threads)

    def facts(self, dirt: Dirt) -> Facts:
        """Returns, and who is held back, under this dirt."""
        return Facts(dirt, self._plans, round(self.streams.latency_max_s * 1e6))

    def source(self, table: str, dirt: Dirt) -> Source:
        """A table as a stream emits it under this dirt, before its records are damaged."""
        known, facts = self._table(table), self.facts(dirt)
        if isinstance(known, Sales):
            return SalesSource(known, facts, round(self.streams.latency_max_s * 1e6))
        return DimensionSource(known, facts.arriving[table])
