"""One table, its answer key, and its grader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from parcels.settings import ROLES
from sbdk.datasets.base import AnswerRequest, Dataset, GradingRequest
from sbdk.score.card import Column, Scorecard, ScoredWarehouse, Share, TableView
from sbdk.score.finding import Finding
from sbdk.score.session import GradedTables
from sbdk.spec.world import WorldSettings
from sbdk.synth.batches import Make
from sbdk.synth.cells import bits, cell_key
from sbdk.synth.columns import between, integers, timestamps
from sbdk.synth.table import CellTable, Tables
from sbdk.synth.timeline import micros

HOUR = 3_600_000_000


class Parcels(Dataset):
    """A parcel an hour, backwards from the anchor; each arrives after 1 to 9 days."""

    name = "parcels"

    def __init__(self, settings: WorldSettings) -> None:
        self.anchor = settings.anchor
        self.table = ParcelTable(settings)
        self.tables = Tables([self.table])
        self.answers = ParcelAnswers(self.table)

    @property
    def grader(self) -> ParcelGrader:
        return ParcelGrader(self.table)


class ParcelTable(CellTable):
    schema = pa.schema(
        [
            pa.field("parcel_id", pa.int64(), nullable=False),
            pa.field("sent_at", pa.timestamp("us"), nullable=False),
            pa.field("days", pa.int64(), nullable=False),
        ]
    )

    def __init__(self, settings: WorldSettings) -> None:
        super().__init__("parcels", settings.anchor, key=("parcel_id",), time_column="sent_at")
        self._rows, self._key = settings.volumes["parcels"], cell_key(settings.seed, "parcels", "days")
        self._first = micros(settings.anchor) - self._rows * HOUR
        self._fingerprint = f"parcels-{settings.seed}-{self._rows}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def count(self, clock: datetime | None = None) -> int:
        """An hour each."""
        return max(0, -(-(micros(clock or self.anchor) - self._first) // HOUR))

    def days(self, rows: np.ndarray) -> np.ndarray:
        return between(bits(self._key, rows), 1, 9)

    def maker(self, rows: int, clock: datetime | None) -> Make:
        return self._make

    def _make(self, start: int, stop: int) -> pa.RecordBatch:
        rows = np.arange(start, stop, dtype=np.uint64)
        numbers = rows.view(np.int64)
        columns = [integers(numbers + 1), timestamps(self._first + numbers * HOUR), integers(self.days(rows))]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def by_days(table: ParcelTable, clock: datetime) -> pa.Table:
    """How many parcels were on their way for how long."""
    days = table.days(np.arange(table.count(clock), dtype=np.uint64))
    length, parcels = np.unique(days, return_counts=True)
    return pa.table({"days": length, "parcels": parcels})


class ParcelAnswers:
    def __init__(self, table: ParcelTable) -> None:
        self._table = table

    def keep(self, table: str, records: Any) -> None:
        """Nothing."""

    def files(self, request: AnswerRequest) -> dict[str, list[pa.Table]]:
        return {"by_days": [by_days(self._table, request.until)]}


@dataclass(frozen=True)
class ParcelCard(Scorecard):
    """found and right: parcels by days."""

    weights: ClassVar[Mapping[str, int]] = {"days": 100}
    titles: ClassVar[Mapping[str, str]] = {"days": "Days on the way"}

    found: dict[int, int]
    right: dict[int, int]
    notes: list[str] = field(default_factory=list)

    @property
    def parts(self) -> dict[str, float]:
        return {"days": sum(self.found.get(days) == parcels for days, parcels in self.right.items()) / len(self.right)}

    def findings(self) -> list[Finding]:
        wrong = {days: parcels for days, parcels in self.right.items() if self.found.get(days) != parcels}
        return [
            Finding(100 / len(self.right), f"{days} days", f"{self.found.get(days)}, not {parcels}")
            for days, parcels in wrong.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        return {"days": len(self.right)}


class ParcelTables(GradedTables):
    roles: ClassVar[Mapping[str, str]] = ROLES


class ParcelGrader:
    def __init__(self, table: ParcelTable) -> None:
        self._table = table

    def grade(self, request: GradingRequest) -> ScoredWarehouse:
        graded = ParcelTables(request.connection, request.settings)
        clock = request.clock or self._table.anchor
        found = request.connection.rows(f"select days, parcels from {graded.relation('delivered')}")
        right = by_days(self._table, clock).to_pydict()
        card = ParcelCard(dict(found), dict(zip(right["days"], right["parcels"], strict=True)), graded.notes)
        view = TableView("Days", [Column("days"), Column("right")], [["all", Share(card.parts["days"])]])
        return ScoredWarehouse(card, [view], {"parcels": self._table.count(clock)})
