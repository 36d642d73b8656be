"""Temperatures: a generator as a class, with an option, a table made once, and another column of the row."""

from typing import Any

import numpy as np
import pyarrow.compute as pc

from sbdk.synth.cells import uniform
from sbdk.synth.declared import Generator, Rows, generator

MEAN_OF_MONTH = (0, 1, 5, 9, 14, 17, 19, 19, 15, 10, 5, 1)


@generator("temperature")
class Temperature(Generator):
    """Degrees Celsius at the time in column `at`: the month's mean, give or take `spread`."""

    at: str
    spread: float = 6.0

    def reads(self) -> tuple[str, ...]:
        return (self.at,)

    def prepare(self, table: Any, column: str) -> Any:
        return np.array(MEAN_OF_MONTH, dtype=np.float64)

    def make(self, rows: Rows) -> Any:
        month = pc.month(rows.column(self.at)).to_numpy() - 1
        return rows.prepared[month] + (uniform(rows.bits()) - 0.5) * 2 * self.spread
