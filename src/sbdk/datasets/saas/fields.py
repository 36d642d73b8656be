"""Category columns of the saas tables, and key fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from sbdk.synth.columns import dictionary, dictionary_type

MONEY = pa.decimal128(12, 2)


class Category:
    """A column of few values: codes in, a dictionary array out."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = pa.array(values, pa.string())
        self.type = dictionary_type(len(values))

    def column(self, codes: NDArray[Any]) -> pa.DictionaryArray:
        return dictionary(codes, self.values)


def key_field(name: str) -> pa.Field:
    return pa.field(name, pa.int64(), nullable=False)
