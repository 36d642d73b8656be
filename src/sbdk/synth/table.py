"""The one interface through which everybody else sees synthetic data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class ForeignKey:
    """`column` of this table refers to `parent_column` of the table `parent`."""

    column: str
    parent: str
    parent_column: str


class World(Protocol):
    """Tables whose every cell is a function of (seed, table, column, row). Times are naive UTC."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Names, parents before children."""

    @property
    def anchor(self) -> datetime:
        """The first end of the data, where volumes are exact."""

    def fingerprint(self, table: str) -> str:
        """Hex; changes exactly when a cell of the table at a given row may change. Independent of the clock."""

    def schema(self, table: str) -> pa.Schema:
        """Columns in order; keys are not nullable."""

    def key(self, table: str) -> tuple[str, ...]: ...

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]: ...

    def time_column(self, table: str) -> str | None:
        """The column by which rows ascend; None for a table without time, whose count never moves."""

    def count(self, table: str, clock: datetime | None = None) -> int:
        """Rows with a time before the clock (default: the anchor)."""

    def batches(
        self,
        table: str,
        start: int = 0,
        stop: int | None = None,
        *,
        clock: datetime | None = None,
        batch_size: int = 131_072,
        threads: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows start ≤ row < stop (0-based, in key order; default: all before the clock), in order.

        The rows do not depend on batch_size or threads (default: the cores there are). Memory does not grow with rows.
        """
