"""NumPy arrays as Arrow columns without copying, and categories as dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.synth.domains.saas.arrivals import I64

TIMESTAMP = pa.timestamp("us")
MONEY = pa.decimal128(12, 2)


class Category:
    """A column of few values: codes in, a dictionary array out."""

    def __init__(self, values: Sequence[str], codes: pa.DataType | None = None) -> None:
        self.values = pa.array(values, pa.string())
        self.codes = codes or pa.int8()
        self.type = pa.dictionary(self.codes, pa.string())

    def column(self, codes: NDArray[Any]) -> pa.DictionaryArray:
        wanted = np.dtype(np.int8 if self.codes == pa.int8() else np.int16)
        indices = pa.array(codes.astype(wanted, copy=False))
        return pa.DictionaryArray.from_arrays(indices, self.values, safe=False)


def timestamps(instants: I64) -> pa.Array:
    """Microseconds since 1970 as naive timestamps."""
    return pa.array(instants, pa.int64()).view(TIMESTAMP)


def money(cents: I64) -> pa.Array:
    """Whole cents, not negative, as decimal(12, 2)."""
    words = np.zeros((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(words)])


def key_field(name: str) -> pa.Field:
    return pa.field(name, pa.int64(), nullable=False)
