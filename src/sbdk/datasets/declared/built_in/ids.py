"""Generators of keys and of columns derived from others."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, field_validator

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.arrays import decoded
from sbdk.datasets.declared.expressions import Expression
from sbdk.synth.columns import integers


@generator("expression")
class Derived(Generator):
    """Arithmetic and a few functions over columns: "quantity * price", "hour(created_at) >= 18"."""

    expression: str = Field(min_length=1, max_length=1_000)

    @field_validator("expression")
    @classmethod
    def _is_one(cls, text: str) -> str:
        Expression(text)
        return text

    def reads(self) -> tuple[str, ...]:
        return Expression(self.expression).columns

    def prepare(self, table: Any, column: str) -> Expression:
        return Expression(self.expression)

    def make(self, rows: Rows) -> Any:
        return rows.prepared.of(lambda name: decoded(rows.column(name)), len(rows))


_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype="S2")
_DASHES = (8, 13, 18, 23)
_UNIQUE_DIGITS = [*range(12), 13, 14, 15, 17]
_OTHER_DIGITS = [16, *range(18, 32)]


@generator("sequence")
class Sequence(Generator):
    """start, start + step, …: the row's number as a key."""

    unique: ClassVar[bool] = True
    start: int = Field(1, ge=-(2**60), le=2**60)
    step: int = Field(1, ge=1, le=2**20)

    def make(self, rows: Rows) -> pa.Array:
        return integers(rows.numbers.astype(np.int64) * self.step + self.start)


@generator("uuid")
class Uuid(Generator):
    """Text like a random UUID (RFC 9562, version 4). 64 of its bits are a bijection of the row, so none comes twice."""

    unique: ClassVar[bool] = True

    def make(self, rows: Rows) -> pa.Array:
        digits = np.empty((len(rows), 32), np.uint8)
        digits[:, _UNIQUE_DIGITS] = _hex(rows.bits())
        digits[:, _OTHER_DIGITS] = _hex(rows.bits("more"))[:, :15]
        digits[:, 12] = ord("4")
        digits[:, 16] = np.frombuffer(b"89ab", np.uint8)[rows.bits("more") >> np.uint64(62)]
        text = np.full((len(rows), 36), ord("-"), np.uint8)
        text[:, [i for i in range(36) if i not in _DASHES]] = digits
        return fixed_width(text)


def _hex(words: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """16 hexadecimal digits of each word."""
    pairs = _HEX.take(words.astype("<u8").view(np.uint8))
    return pairs.view(np.uint8).reshape(len(words), 16)


def fixed_width(text: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> pa.Array:
    """Strings of one length from a matrix of ASCII bytes, a row each."""
    rows, width = text.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text)))
