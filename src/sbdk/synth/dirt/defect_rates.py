"""Decides which records have a defect, by one cell for every table, defect and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError
from sbdk.synth.cells import U64, bits, cell_key
from sbdk.synth.columns import chance

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Dirt:
    """The rates of all tables' defects, {table: {defect: rate}}, under a seed."""

    seed: int
    rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table, defects in self.rates.items():
            for defect, rate in defects.items():
                if not 0 <= rate <= 1:
                    raise ConfigError(f"dirt.{table}.{defect}: a rate is between 0 and 1, not {rate!r}")

    def of(self, table: str) -> TableDirt:
        """The defects of one table."""
        return TableDirt(self.seed, table, dict(self.rates.get(table, {})))


@dataclass(frozen=True)
class TableDirt:
    """The rates of one table's defects, and the cells that place them."""

    seed: int
    table: str
    rates: Mapping[str, float]

    def rate(self, defect: str) -> float:
        return self.rates.get(defect, 0.0)

    def cells(self, name: str, rows: I64) -> U64:
        """Random bits of these records for one decision."""
        return bits(cell_key(self.seed, self.table, f"dirt.{name}"), rows.view(np.uint64))

    def planted(self, defect: str, rows: I64) -> Mask:
        """Which of the records have the defect."""
        rate = self.rate(defect)
        if rate <= 0:
            return np.zeros(len(rows), np.bool_)
        return chance(self.cells(defect, rows), rate)
