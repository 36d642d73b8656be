"""A declared data set as a World."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from sbdk.core.errors import UnknownName, UsageError
from sbdk.spec.dataset import Dataset
from sbdk.spec.world import WorldSettings
from sbdk.datasets.declared.fingerprint import fingerprint
from sbdk.datasets.declared.plan import plan
from sbdk.datasets.declared.table import TablePlan
from sbdk.synth.batches import CHUNK, in_batches
from sbdk.synth.table import ForeignKey


class DeclaredWorld:
    """The tables of `dataset` under `settings`. `file` is where it was declared, for errors.

    Opening checks everything that can be checked, by making the first rows of every table. Raises ConfigError for a
    declaration that makes no sense, SourceError for a user's generator that raises.
    """

    def __init__(self, dataset: Dataset, settings: WorldSettings, *, file: Path | None = None) -> None:
        self.anchor = settings.anchor
        self._version = dataset.version
        self._plans = plan(dataset, settings, file)
        for table in self._plans.values():
            _ = table.schema

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self._plans)

    def _plan(self, table: str) -> TablePlan:
        if table not in self._plans:
            raise UnknownName(f"no synthetic table is called {table!r}", hint=f"known: {', '.join(self._plans)}")
        return self._plans[table]

    def fingerprint(self, table: str) -> str:
        return fingerprint(self._plan(table), self._version, self._plans)

    def schema(self, table: str) -> pa.Schema:
        return self._plan(table).schema

    def key(self, table: str) -> tuple[str, ...]:
        return self._plan(table).spec.key

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        plan = self._plan(table)
        targets = {column: plan.parent(relation.target(plan)) for column, relation in plan.relations.items()}
        return tuple(ForeignKey(column, parent.name, parent.spec.key[0]) for column, parent in targets.items())

    def time_column(self, table: str) -> str | None:
        return self._plan(table).time

    def count(self, table: str, clock: datetime | None = None) -> int:
        return self._plan(table).count(clock or self.anchor)

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
        plan, there = self._plan(table), self.count(table, clock)
        stop = there if stop is None else stop
        if not 0 <= start <= stop <= there:
            raise UsageError(f"rows {start}:{stop} of {table}: there are {there:,} rows before the clock")
        return in_batches(plan.make, start, stop, batch_size=batch_size, threads=threads)
