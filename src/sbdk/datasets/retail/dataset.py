"""The retail data set: four tables, and the same as sources of dirty streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, cast

import numpy as np
import pyarrow as pa

from sbdk.datasets.base import Dataset, DirtSupport, Grader
from sbdk.datasets.retail.corrections import share_corrected
from sbdk.datasets.retail.dimensions import Customers, Dimension, Products, Stores
from sbdk.datasets.retail.garments import GARMENTS_VERSION
from sbdk.datasets.retail.late_dimensions import LateDimension, ReturnsAndOrphans
from sbdk.datasets.retail.places import PLACES_VERSION
from sbdk.datasets.retail.sales import Sales
from sbdk.datasets.retail.settings import DIRT, RULES_VERSION, RetailStreams
from sbdk.datasets.retail.truth import RetailAnswers
from sbdk.datasets.retail.words import VOCABULARY_VERSION
from sbdk.spec.world import WorldSettings
from sbdk.synth.batches import Make
from sbdk.synth.dirt.defect_rates import I64, Dirt
from sbdk.synth.dirt.source import Source
from sbdk.synth.table import CellTable, ForeignKey, Tables
from sbdk.synth.timeline import micros
from sbdk.synth.vocab import NAMES_VERSION


class SalesSource:
    """Sales with their returns and orphans; each is delivered up to `latency` microseconds after its event."""

    longest_hold = 0
    is_fact = True
    share_corrected = 0.0

    def __init__(self, sales: Sales, returns_and_orphans: ReturnsAndOrphans, latency: int) -> None:
        self.name, self.schema = sales.name, sales.schema
        self.key: tuple[str, ...] = (sales.key,)
        self.time_column: str | None = sales.time_column
        self.latency, self.start = latency, sales.start
        self._sales, self._returns_and_orphans = sales, returns_and_orphans
        self.times, self.before = sales.times, sales.before

    def rows(self, rows: I64) -> pa.RecordBatch:
        return self._sales.rows(rows, self._returns_and_orphans)

    def release(self, rows: I64) -> I64:
        return np.zeros(len(rows), np.int64)

    def corrected_by(self, rows: I64) -> I64:
        return np.zeros(len(rows), np.int64)


class DimensionSource:
    """Records of a dimension; those of entities that are held back are delivered late."""

    latency = 0
    is_fact = False

    def __init__(self, dimension: Dimension, late: LateDimension, updates: float) -> None:
        """updates: the share of the records that are updates."""
        self.name, self.schema = dimension.name, dimension.schema
        self.key: tuple[str, ...] = (dimension.key,)
        self.time_column: str | None = dimension.time_column
        self.start = dimension.start
        self.longest_hold = late.longest_hold
        self.share_corrected = share_corrected(updates)
        self.corrected_by = dimension.plan.corrected_by
        self._dimension, self._late = dimension, late
        self.times, self.before, self.rows = dimension.times, dimension.before, dimension.rows

    def release(self, rows: I64) -> I64:
        records = self._dimension.plan.containing(int(rows.max(initial=-1)) + 1)
        return self._late.release(records, rows)


class RetailTable(CellTable):
    """Records of a dimension, or sales, in time order, without any dirt."""

    def __init__(
        self, records: Dimension | Sales, anchor: datetime, fingerprint_parts: list[object], **keys: Any
    ) -> None:
        super().__init__(records.name, anchor, time_column=records.time_column, **keys)
        self.records, self._parts = records, fingerprint_parts

    @property
    def schema(self) -> pa.Schema:
        return self.records.schema

    @cached_property
    def fingerprint(self) -> str:
        """Hex; a hash of everything that a cell of the table depends on. It does not depend on the anchor."""
        return blake2b(json.dumps([self.name, *self._parts]).encode(), digest_size=16).hexdigest()

    def count(self, clock: datetime | None = None) -> int:
        """Records with a time before the clock (default: the anchor)."""
        return self.records.before(micros(clock or self.anchor))

    def maker(self, rows: int, clock: datetime | None) -> Make:
        return lambda low, high: self.records.rows(np.arange(low, high, dtype=np.int64))


class RetailDataset(Dataset):
    """Clean tables: every version of every dimension record, and the sales. Five virtual minutes are a batch.

    The first records are there at the settings' start, batch 0 begins then, and the anchor ends the data: a day has
    288 batches. A dimension's key is the entity and last_update_time; rows ascend by that time, sales by event_time.
    """

    name = "retail"
    dirt = DirtSupport(DIRT)

    def __init__(self, settings: WorldSettings, volumes: RetailStreams | None = None) -> None:
        """volumes: how much is emitted; by default the settings' streams."""
        self.settings, self.anchor = settings, settings.anchor
        self.volumes = volumes or cast(RetailStreams, settings.streams)
        self.start = micros(settings.start)
        common = settings.seed, self.start, settings.locale, self.volumes
        stores, customers, products = Stores(*common), Customers(*common), Products(*common)
        dimensions: list[Dimension] = [stores, customers, products]
        self.dimensions = {dimension.name: dimension for dimension in dimensions}
        self._plans = {name: dimension.plan for name, dimension in self.dimensions.items()}
        self._sales = Sales(settings.seed, self.start, self.volumes, stores, customers, products)
        self.tables = Tables(self._tables())
        self.streams, self.answers = RetailEmission(self), RetailAnswers(self, self.dimensions)

    @property
    def grader(self) -> Grader:
        from sbdk.datasets.retail.grading.grade import RetailGrader

        return RetailGrader(self)

    def _tables(self) -> Iterator[RetailTable]:
        parts = self._fingerprint_parts()
        for dimension in self.dimensions.values():
            yield RetailTable(dimension, self.anchor, parts, key=(dimension.key, dimension.time_column))
        parents = [ForeignKey(dimension.key, dimension.name, dimension.key) for dimension in self.dimensions.values()]
        yield RetailTable(self._sales, self.anchor, parts, key=(self._sales.key,), foreign_keys=parents)

    def _fingerprint_parts(self) -> list[object]:
        """What the cells of every table depend on."""
        volumes = self.volumes.model_dump(include=set(RetailStreams.model_fields) - {"latency_max_s"})
        versions = [RULES_VERSION, VOCABULARY_VERSION, PLACES_VERSION, GARMENTS_VERSION, NAMES_VERSION]
        settings = self.settings
        return ["retail", *versions, settings.seed, settings.start.isoformat(), settings.locale, volumes]

    @property
    def latency(self) -> int:
        """Microseconds by which a sale is delivered after its event, at most."""
        return round(self.volumes.latency_max_s * 1e6)

    def returns_and_orphans(self, dirt: Dirt) -> ReturnsAndOrphans:
        """The returns, orphans and entities held back under this dirt."""
        return ReturnsAndOrphans(dirt, self._plans, self.latency)

    def records(self, table: str) -> Dimension | Sales:
        """A dimension or the sales."""
        return self._sales if table == "sales" else self.dimensions[table]


class RetailEmission:
    """The four tables as streams."""

    def __init__(self, retail: RetailDataset) -> None:
        self._retail = retail

    def source(self, table: str, dirt: Dirt) -> Source:
        """A table as a stream emits it under this dirt, before its records are corrupted."""
        records, affected = self._retail.records(table), self._retail.returns_and_orphans(dirt)
        if isinstance(records, Sales):
            return SalesSource(records, affected, self._retail.latency)
        updates = getattr(self._retail.volumes.update_share, table)
        return DimensionSource(records, affected.late_dimensions[table], updates)
