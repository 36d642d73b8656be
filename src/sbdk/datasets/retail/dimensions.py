"""What the three dimensions have in common: their records by number, their times, their keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.spec.streams import StreamSettings
from sbdk.synth.cells import U64, cell_key
from sbdk.synth.columns import timestamps
from sbdk.synth.columns.arrays import TIMESTAMP
from sbdk.datasets.retail.versions import I64, Change, DimensionPlan, Records, words
from sbdk.synth.vocab import LOCALES, Names, names

TIME = "last_update_time"


class Dimension(ABC):
    """Records of one dimension. Record k carries the entity's whole state after it."""

    name: ClassVar[str]
    key: ClassVar[str]
    time_column: ClassVar[str] = TIME
    columns: ClassVar[tuple[pa.Field, ...]]
    changes: ClassVar[Mapping[str, Change]]

    def __init__(self, seed: int, start: int, locale: str, settings: StreamSettings) -> None:
        initial, most = getattr(settings.initial, self.name), getattr(settings.new_per_batch, self.name)
        share = getattr(settings.update_share, self.name)
        self.plan = DimensionPlan(seed, self.name, start, initial, most, share, self.changes)
        self.schema = pa.schema(
            [
                pa.field(self.key, pa.int64(), nullable=False),
                *self.columns,
                pa.field(TIME, TIMESTAMP, nullable=False),
            ]
        )
        self.start, self._seed = start, seed
        self.names: Names = names(LOCALES.get(locale, "US"))

    def before(self, time: int) -> int:
        """Records with a time before `time` (microseconds)."""
        return int(np.searchsorted(self.plan.until(time).time, time))

    def times(self, rows: I64) -> I64:
        """When each record came about, ascending with the row."""
        return self.plan.containing(int(rows.max(initial=-1)) + 1).time.take(rows, mode="clip")

    def rows(self, rows: I64) -> pa.RecordBatch:
        """The records of any row numbers, in that order."""
        records = self.plan.containing(int(rows.max(initial=-1)) + 1)
        entity = records.entity.take(rows).astype(np.int64)
        cells = self.cells(records, rows, entity)
        columns = [
            pa.array(entity + 1),
            *(cells[field.name] for field in self.columns),
            timestamps(records.time.take(rows)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    @abstractmethod
    def cells(self, records: Records, rows: I64, entity: I64) -> dict[str, pa.Array]:
        """The columns between key and time, by name."""

    def words(self, column: str, rows: NDArray[np.integer]) -> U64:
        """Random bits of a column, by entity or by record."""
        return words(self._seed, self.name, column, rows)

    def column_key(self, column: str) -> np.uint64:
        return cell_key(self._seed, self.name, column)

    def since(self, column: str, entity: I64, years: int, records: Records) -> pa.Array:
        """The day something began: for the first entities up to `years` before the start, else when they came."""
        first = records.time.take(records.first.take(entity))
        ago = (self.words(column, entity) % np.uint64(years * 365 * 86_400) + np.uint64(1)).view(np.int64) * 1_000_000
        return timestamps(np.where(entity < self.plan.initial, self.start - ago, first))
