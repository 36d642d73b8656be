"""Numbers and booleans, evenly spread or by quantiles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.synth.cells import uniform
from sbdk.synth.columns import between, booleans, chance, decimals, integers, real


@generator("integer")
class Integer(Generator):
    """Whole numbers from low to high, both included."""

    low: int = Field(0, ge=-(2**62), le=2**62)
    high: int = Field(ge=-(2**62), le=2**62)

    @model_validator(mode="after")
    def _in_order(self) -> Integer:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")
        return self

    def make(self, rows: Rows) -> pa.Array:
        return integers(between(rows.bits(), self.low, self.high))

    def upper(self) -> float:
        return float(self.high)


@generator("float")
class Float(Generator):
    """Floating-point numbers, low ≤ x < high."""

    low: float = 0.0
    high: float = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> Float:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")
        return self

    def make(self, rows: Rows) -> pa.Array:
        return integers(real(rows.bits(), self.low, self.high))

    def upper(self) -> float:
        return self.high


@generator("decimal")
class DecimalNumber(Generator):
    """Decimal numbers from low to high, both included, with `scale` digits after the point: money."""

    low: Decimal = Decimal(0)
    high: Decimal
    scale: int = Field(2, ge=0, le=12)
    precision: int = Field(12, ge=1, le=38)

    @model_validator(mode="after")
    def _fits(self) -> DecimalNumber:
        for name, value in (("low", self.low), ("high", self.high)):
            units = value.scaleb(self.scale)
            if units != units.to_integral_value():
                raise ValueError(f"{name} ({value}) has more than {self.scale} digits after the point")
            if abs(units) >= 10 ** min(self.precision, 18):
                raise ValueError(f"{name} ({value}) does not fit decimal({self.precision},{self.scale})")
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")
        return self

    def make(self, rows: Rows) -> pa.Array:
        low, high = int(self.low.scaleb(self.scale)), int(self.high.scaleb(self.scale))
        return decimals(between(rows.bits(), low, high), self.precision, self.scale)

    def upper(self) -> float:
        return float(self.high)


@generator("quantiles")
class Quantiles(Generator):
    """Numbers of any distribution, by quantiles at equal steps: [0, 1, 2, 10] has a third each in 0–1, 1–2 and 2–10."""

    values: tuple[float, ...] = Field(min_length=2, max_length=65_536)

    @model_validator(mode="after")
    def _ascend(self) -> Quantiles:
        if list(self.values) != sorted(self.values):
            raise ValueError("the quantiles do not ascend")
        return self

    def prepare(self, table: Any, column: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array(self.values, dtype=np.float64)

    def make(self, rows: Rows) -> pa.Array:
        knots = rows.prepared
        place = uniform(rows.bits())
        place *= len(knots) - 1
        left = place.astype(np.int64)
        low = knots.take(left)
        width = knots.take(left + 1, mode="clip") - low
        width *= place - left
        return integers(low + width)

    def upper(self) -> float:
        return self.values[-1]


@generator("bool")
class Bool(Generator):
    """True with a probability."""

    probability: float = Field(0.5, ge=0, le=1)

    def make(self, rows: Rows) -> pa.Array:
        return booleans(chance(rows.bits(), self.probability))

    def upper(self) -> float:
        return 1.0
