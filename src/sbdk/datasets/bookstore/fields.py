"""Types of the columns, and how a category is written into one."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from sbdk.datasets.bookstore.words import vocabulary
from sbdk.synth.columns import dictionary, dictionary_type
from sbdk.synth.columns.arrays import TIMESTAMP

MONEY = pa.decimal128(12, 2)
PERCENT = pa.decimal128(5, 2)

__all__ = ["MONEY", "PERCENT", "TIMESTAMP", "category", "dates", "field", "word_field"]


def field(name: str, data_type: pa.DataType, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, data_type, nullable=nullable)


def word_field(name: str, words: str, *, nullable: bool = False) -> pa.Field:
    """A column of words of one vocabulary."""
    return pa.field(name, dictionary_type(len(vocabulary(words))), nullable=nullable)


def category(words: str, codes: NDArray[Any], valid: NDArray[Any] | None = None) -> pa.Array:
    return dictionary(codes, vocabulary(words), valid)


def dates(days: NDArray[Any]) -> pa.Array:
    """Dates from days since 1970."""
    return pa.array(days.astype("int32")).view(pa.date32())
