"""A synthetic table: rows that are a function of (seed, table, column, row), any range of them at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from sbdk.core.errors import UnknownName
from sbdk.synth.batches import CHUNK, Make, in_batches


@dataclass(frozen=True)
class ForeignKey:
    """`column` of this table refers to `parent_column` of the table `parent`."""

    column: str
    parent: str
    parent_column: str


class Table(Protocol):
    """One table of a data set. Times are naive UTC; rows are numbered from 0 in the order of the key."""

    @property
    def name(self) -> str: ...

    @property
    def anchor(self) -> datetime:
        """The first end of the data, where volumes are exact."""

    @property
    def schema(self) -> pa.Schema:
        """Columns in order; keys are not nullable."""

    @property
    def key(self) -> tuple[str, ...]: ...

    @property
    def foreign_keys(self) -> tuple[ForeignKey, ...]: ...

    @property
    def time_column(self) -> str | None:
        """The column by which rows ascend; None for a table without time, whose count never moves."""

    @property
    def fingerprint(self) -> str:
        """Hex; changes exactly when a cell at a given row may change. Independent of the clock."""

    def count(self, clock: datetime | None = None) -> int:
        """Rows with a time before the clock (default: the anchor)."""

    def batches(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        clock: datetime | None = None,
        batch_size: int = CHUNK,
        threads: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows start ≤ row < stop (default: all before the clock), in order.

        The rows do not depend on batch_size or threads (default: the cores there are). Memory does not grow with rows.
        """


class CellTable(ABC):
    """A `Table` whose rows are made a chunk at a time. Subclasses count the rows and make any range of them."""

    def __init__(
        self,
        name: str,
        anchor: datetime,
        *,
        key: tuple[str, ...],
        foreign_keys: Iterable[ForeignKey] = (),
        time_column: str | None = None,
    ) -> None:
        self.name, self.anchor, self.key = name, anchor, key
        self.foreign_keys, self.time_column = tuple(foreign_keys), time_column

    @property
    @abstractmethod
    def schema(self) -> pa.Schema: ...

    @property
    @abstractmethod
    def fingerprint(self) -> str: ...

    @abstractmethod
    def count(self, clock: datetime | None = None) -> int: ...

    @abstractmethod
    def maker(self, rows: int, clock: datetime | None) -> Make:
        """A function that makes rows [a, b) before the clock, on any thread. rows: how many will be requested."""

    def span(self, start: int, stop: int | None, clock: datetime | None) -> tuple[int, int]:
        """The rows that a request returns; by default those before the clock."""
        return start, self.count(clock) if stop is None else stop

    @property
    def chunk(self) -> int:
        """Rows that are made fastest at a time."""
        return CHUNK

    def threads(self) -> int | None:
        """The default number of threads; None: one for each core."""
        return None

    def batches(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        clock: datetime | None = None,
        batch_size: int = CHUNK,
        threads: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """As `Table.batches`."""
        first, end = self.span(start, stop, clock)
        make, workers = self.maker(end - first, clock), threads or self.threads()
        return in_batches(make, first, end, batch_size=batch_size, threads=workers, chunk=self.chunk)


class Tables(dict[str, Table]):
    """Tables by name, parents before children. A missing name raises UnknownName."""

    def __init__(self, tables: Iterable[Table] = ()) -> None:
        super().__init__((table.name, table) for table in tables)

    def __missing__(self, name: str) -> Table:
        known = ", ".join(self) or "none"
        raise UnknownName(f"no synthetic table is called {name!r}", hint=f"known: {known}")


class TableSet(Protocol):
    """Tables with a common anchor."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """By name, parents before children."""

    @property
    def anchor(self) -> datetime:
        """The first end of the data, where volumes are exact."""
