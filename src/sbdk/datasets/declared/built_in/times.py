"""Dates and times that need not be in the rows' order."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated

import numpy as np
import pyarrow as pa
from pydantic import BeforeValidator, Field, model_validator

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.synth.columns import between, integers, timestamps

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _seconds(value: object) -> object:
    """90s, 15m, 2h, 30d → timedelta."""
    match = re.fullmatch(r"(\d{1,9})([smhd])", value) if isinstance(value, str) else None
    if match:
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError("must be a whole number of seconds, minutes, hours or days: 90s, 15m, 2h, 30d")


Duration = Annotated[timedelta, BeforeValidator(_seconds, json_schema_input_type=str), Field(ge=timedelta(0))]


@generator("date")
class Date(Generator):
    """Days from low to high, both included, all as likely."""

    low: date
    high: date

    @model_validator(mode="after")
    def _in_order(self) -> Date:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is after high ({self.high})")
        return self

    def make(self, rows: Rows) -> pa.Array:
        epoch = date(1970, 1, 1)
        days = between(rows.bits(), (self.low - epoch).days, (self.high - epoch).days)
        return integers(days.astype(np.int32), pa.date32())


@generator("after")
class After(Generator):
    """A time some while after another column's: from `low` to `high` later, all as likely. May lie after the clock."""

    of: str
    low: Duration = timedelta(0)
    high: Duration

    @model_validator(mode="after")
    def _in_order(self) -> After:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is longer than high ({self.high})")
        return self

    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def make(self, rows: Rows) -> pa.Array:
        low, high = (bound // timedelta(microseconds=1) for bound in (self.low, self.high))
        before = rows.column(self.of).cast(pa.timestamp("us")).view(pa.int64())
        waited = between(rows.bits(), low, high)
        waited += before.fill_null(0).to_numpy(zero_copy_only=False)
        valid = before.is_valid().to_numpy(zero_copy_only=False) if before.null_count else None
        return timestamps(waited, valid)
