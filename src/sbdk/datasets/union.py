"""Several data sets as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.synth.batches import CHUNK
from sbdk.synth.table import ForeignKey, World


class JoinedWorld:
    """The tables of several worlds side by side. `worlds` by the name they were opened under, for errors."""

    def __init__(self, worlds: Mapping[str, World], anchor: datetime) -> None:
        self.anchor = anchor
        self._owner: dict[str, World] = {}
        origin: dict[str, str] = {}
        for name, world in worlds.items():
            for table in world.tables:
                if table in origin:
                    raise ConfigError(f"datasets: the table {table!r} is in both {origin[table]!r} and {name!r}")
                origin[table], self._owner[table] = name, world

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self._owner)

    def _world(self, table: str) -> World:
        if table not in self._owner:
            known = ", ".join(self._owner) or "none"
            raise UnknownName(f"no synthetic table is called {table!r}", hint=f"known: {known}")
        return self._owner[table]

    def owner(self, table: str) -> World:
        """The world that a table is of."""
        return self._world(table)

    def fingerprint(self, table: str) -> str:
        return self._world(table).fingerprint(table)

    def schema(self, table: str) -> pa.Schema:
        return self._world(table).schema(table)

    def key(self, table: str) -> tuple[str, ...]:
        return self._world(table).key(table)

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        return self._world(table).foreign_keys(table)

    def time_column(self, table: str) -> str | None:
        return self._world(table).time_column(table)

    def count(self, table: str, clock: datetime | None = None) -> int:
        return self._world(table).count(table, clock)

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
        options: dict[str, Any] = {"clock": clock, "batch_size": batch_size, "threads": threads}
        return self._world(table).batches(table, start, stop, **options)
