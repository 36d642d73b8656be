"""Text: patterns, columns put together, constants."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from sbdk.datasets.declared.api import Generator, Rows, generator
from sbdk.datasets.declared.arrays import decoded, looked_up
from sbdk.datasets.declared.built_in.ids import fixed_width
from sbdk.synth.columns import between, dictionary

if TYPE_CHECKING:
    from sbdk.datasets.declared.api import TableContext

_ALPHABETS = {"#": b"0123456789", "?": b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_WORD_OF = 10
"""Characters drawn from one hash: 26¹⁰ is below 2⁶⁴, with 17 bits to spare against bias."""


@generator("pattern")
class Pattern(Generator):
    """Text of one length: # becomes a digit, ? a capital letter, every other ASCII character stays."""

    pattern: str = Field(min_length=1, max_length=200, pattern=r"^[ -~]+$")

    def make(self, rows: Rows) -> pa.Array:
        text = np.empty((len(rows), len(self.pattern)), np.uint8)
        text[:] = np.frombuffer(self.pattern.encode("ascii"), np.uint8)
        places = [i for i, char in enumerate(self.pattern) if char in _ALPHABETS]
        for first in range(0, len(places), _WORD_OF):
            self._fill(rows, text, places[first : first + _WORD_OF])
        return fixed_width(text)

    def _fill(self, rows: Rows, text: np.ndarray[Any, np.dtype[np.uint8]], places: list[int]) -> None:
        sizes = [len(_ALPHABETS[self.pattern[place]]) for place in places]
        left = between(rows.bits(str(places[0])), 0, int(np.prod(sizes, dtype=np.int64)) - 1)
        for place, size in zip(places, sizes, strict=True):
            left, digit = np.divmod(left, size)
            text[:, place] = np.frombuffer(_ALPHABETS[self.pattern[place]], np.uint8).take(digit)


@generator("format")
class Format(Generator):
    """Columns of the row in a sentence: "{first_name} from {city}". Null if one of them is."""

    format: str = Field(min_length=1)

    @model_validator(mode="after")
    def _plain_names(self) -> Format:
        for _, name, spec, conversion in Formatter().parse(self.format):
            if name is not None and (spec or conversion or not re.fullmatch(r"[a-z_][a-z0-9_]*", name)):
                raise ValueError(f"only the names of columns may stand in braces, not {name!r}")
        return self

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.format) if name is not None))

    def make(self, rows: Rows) -> pa.Array:
        parts: list[Any] = []
        for literal, name, _, _ in Formatter().parse(self.format):
            parts += [pa.scalar(literal)] if literal else []
            parts += [decoded(rows.column(name)).cast(pa.string())] if name is not None else []
        if not self.reads():
            return pa.repeat(pa.scalar("".join(part.as_py() for part in parts)), len(rows))
        return pc.binary_join_element_wise(*parts, pa.scalar(""))


@generator("constant")
class Constant(Generator):
    """The same value in every row."""

    value: str | bool | int | float

    def make(self, rows: Rows) -> pa.Array:
        if isinstance(self.value, str):
            return dictionary(np.zeros(len(rows), np.int8), [self.value])
        return pa.repeat(pa.scalar(self.value), len(rows))

    def upper(self) -> float | None:
        return None if isinstance(self.value, str) else float(self.value)


@generator("mapping")
class Mapping(Generator):
    """Another column's value looked up: {US: USD, CA: CAD}. What is not listed becomes `otherwise`, or null."""

    column: str
    values: dict[str, str] | dict[str, int] | dict[str, float] = Field(min_length=1)
    otherwise: str | int | float | None = None

    def reads(self) -> tuple[str, ...]:
        return (self.column,)

    def prepare(self, table: TableContext, column: str) -> pa.Array:
        try:
            return pa.array([*dict.fromkeys([*self.values.values(), self.otherwise])])
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise table.error(column, "values: all must be texts, or all numbers, `otherwise` too") from None

    def make(self, rows: Rows) -> pa.Array:
        results = rows.prepared.to_pylist()
        otherwise = results.index(self.otherwise)
        meaning = {value: results.index(result) for value, result in self.values.items()}
        codes = looked_up(rows.column(self.column), lambda value: meaning.get(value, otherwise), otherwise)
        return rows.prepared.take(pa.array(codes))
