"""A world of one table with every kind of column, whose cells are plain arithmetic on the row number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from sbdk.synth.table import ForeignKey

ANCHOR = datetime(2026, 1, 1)
TEXTS = [
    "",
    "=HYPERLINK(1)",
    "'=kept",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "'",
    "''",
    "plain",
    'quo"te',
    "com,ma",
    "línea\nnueva",
    "日本",
    "\\back",
    "\x01",
]
COLOURS = ["red", "green", "", "=blue"]
SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("small", pa.int32()),
        pa.field("ratio", pa.float64()),
        pa.field("amount", pa.decimal128(12, 2)),
        pa.field("flag", pa.bool_()),
        pa.field("at", pa.timestamp("us"), nullable=False),
        pa.field("day", pa.date32()),
        pa.field("text", pa.string()),
        pa.field("colour", pa.dictionary(pa.int8(), pa.string())),
        pa.field("mail", pa.string(), nullable=False),
    ]
)


def row(number: int) -> dict[str, Any]:
    """The cells of one row."""
    n = number
    return {
        "id": n + 1,
        "small": None if n % 11 == 3 else n * 7919 % 20_011 - 10_000,
        "ratio": None if n % 13 == 5 else (n * 104_729 % 9_973 - 4_000) / 64,
        "amount": None if n % 17 == 4 else Decimal(n * 31_337 % 1_000_003 - 500_000).scaleb(-2),
        "flag": None if n % 5 == 1 else n % 3 == 0,
        "at": ANCHOR - timedelta(days=365) + timedelta(microseconds=n * 1_234_567),
        "day": None if n % 7 == 2 else (ANCHOR - timedelta(days=n % 900)).date(),
        "text": None if n % 19 == 6 else TEXTS[n * 5 % len(TEXTS)],
        "colour": None if n % 23 == 7 else COLOURS[n * 3 % len(COLOURS)],
        "mail": f"person.{n * 48_271 % 2_147_483_647}@example{n % 40}.com",
    }


class TinyTable:
    """One table of a `TinyWorld`."""

    anchor = ANCHOR
    key = ("id",)
    foreign_keys: tuple[ForeignKey, ...] = ()
    time_column = "at"
    fingerprint = "cafe"

    def __init__(self, world: TinyWorld, name: str) -> None:
        self.world, self.name = world, name

    @property
    def schema(self) -> pa.Schema:
        return self.world.schema(self.name)

    def count(self, clock: datetime | None = None) -> int:
        return self.world.sizes[self.name]

    def batches(self, start: int = 0, stop: int | None = None, **options: Any) -> Iterator[pa.RecordBatch]:
        return self.world.batches(self.name, start, stop, **options)


class TinyWorld:
    """`sizes`: rows per table; every table has the same columns and cells."""

    anchor = ANCHOR

    def __init__(self, **sizes: int) -> None:
        self.sizes = sizes or {"things": 1_000}
        self.tables = {name: TinyTable(self, name) for name in self.sizes}

    def schema(self, table: str) -> pa.Schema:
        return SCHEMA

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
        end = self.sizes[table] if stop is None else stop
        for at in range(start, end, batch_size):
            yield pa.RecordBatch.from_pylist([row(n) for n in range(at, min(at + batch_size, end))], SCHEMA)


class EventLikeWorld(TinyWorld):
    """Many rows at no cost, shaped like raw_events: one batch made once, sliced; only the ids count up."""

    _SIZE = 122_880

    def __init__(self, **sizes: int) -> None:
        super().__init__(**sizes)
        draw = np.random.default_rng(0)
        n = self._SIZE
        self._columns = {
            "event_id": pa.array(np.arange(n)),
            "user_id": pa.array(draw.integers(0, 10**6, n)),
            "session_id": pa.array(np.arange(n) // 4),
            "event_sequence": pa.array((np.arange(n) % 5).astype(np.int32)),
            "event_type": _coded(draw, 6),
            "timestamp": pa.array(np.sort(draw.integers(10**15, 2 * 10**15, n)), pa.timestamp("us")),
            "session_duration_planned": pa.array(draw.integers(2, 20, n) * 1.5),
            "utm_source": _coded(draw, 6),
            "user_tier": _coded(draw, 4),
            "device_type": _coded(draw, 3),
            "browser": _coded(draw, 6),
            "page_url": _coded(draw, 2_010),
        }

    def schema(self, table: str) -> pa.Schema:
        return pa.schema([(name, column.type) for name, column in self._columns.items()])

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
        end = self.sizes[table] if stop is None else stop
        for at in range(start, end, self._SIZE):
            rows = min(self._SIZE, end - at)
            columns = {name: column.slice(0, rows) for name, column in self._columns.items()}
            yield pa.RecordBatch.from_pydict({**columns, "event_id": pa.array(np.arange(at, at + rows))})


def _coded(draw: np.random.Generator, values: int) -> pa.DictionaryArray:
    codes = draw.integers(0, values, EventLikeWorld._SIZE).astype(np.int8 if values < 128 else np.int16)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array([f"value{i:05}" for i in range(values)]))
