"""One 64-bit word per cell, the same however Arrow stores the value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal

import numpy as np
import pyarrow as pa

from sbdk.core.errors import UsageError
from sbdk.synth.export.mixing import MASK, U64, mix
from sbdk.synth.export.text_words import text_words
from sbdk.synth.type_family import family

_SCALE = 18  # decimals are counted in 10⁻¹⁸
_TOP_BIT = np.uint64(1 << 63)
_EXACT = Context(prec=200)
_PLAIN_TEXTS = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


def cell_words(array: pa.Array) -> U64:
    """One word per cell of a plain (not dictionary-encoded) array; what stands at a null is of no meaning."""
    return _WORDS[family(array.type)](array)


def _integers(array: pa.Array) -> U64:
    """Two's complement; 2⁶³ and more, which would be read as negative, mixed."""
    if array.type != pa.uint64():
        return _raw(array.cast(pa.int64()))
    words = _raw(array)
    return np.where(words < _TOP_BIT, words, mix(words.copy()))


def _floats(array: pa.Array) -> U64:
    """IEEE double bits, with one zero and one NaN."""
    numbers = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0  # −0 becomes 0
    numbers[np.isnan(numbers)] = np.nan
    return np.asarray(numbers.view(np.uint64))


def _booleans(array: pa.Array) -> U64:
    return _raw(array.cast(pa.uint8()).cast(pa.uint64()))


def _decimals(array: pa.Array) -> U64:
    """mix(⌊x⌋) + (x − ⌊x⌋)·10¹⁸."""
    scale = array.type.scale
    if not 0 <= scale <= _SCALE:
        raise UsageError(f"a column of type {array.type}: only 0 to {_SCALE} decimals can be hashed")
    if array.type.precision > 18:
        return _wide_decimals(array)
    plain = array.cast(pa.decimal128(18, scale)).fill_null(Decimal(0))
    unscaled = np.frombuffer(plain.buffers()[1], np.int64)[2 * plain.offset :: 2][: len(plain)]  # the lower halves
    whole, part = np.divmod(unscaled, 10**scale)
    words: U64 = mix(whole.view(np.uint64)) + (part * 10 ** (_SCALE - scale)).view(np.uint64)
    return words


def _wide_decimals(array: pa.Array) -> U64:
    """The same for values that may not fit 64 bits, by Python's integers."""
    scaled = [int((value or Decimal(0)).scaleb(_SCALE, _EXACT)) for value in array.to_pylist()]
    whole = np.array([value // 10**_SCALE & MASK for value in scaled], np.uint64)
    return mix(whole) + np.array([value % 10**_SCALE for value in scaled], np.uint64)


def _timestamps(array: pa.Array) -> U64:
    """Microseconds since 1970 in UTC; what is finer than that is an error, never dropped."""
    return _raw(array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64()))


def _dates(array: pa.Array) -> U64:
    return _raw(array.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()))


def _times(array: pa.Array) -> U64:
    return _raw(array.cast(pa.time64("us")).cast(pa.int64()))


def _texts(array: pa.Array) -> U64:
    return text_words(array if array.type in _PLAIN_TEXTS else array.cast(pa.large_binary()))


def _raw(array: pa.Array) -> U64:
    """A copy of the values of a 64-bit array."""
    return np.frombuffer(array.buffers()[1] or b"", np.uint64, len(array), array.offset * 8).copy()


_WORDS: dict[str, Callable[[pa.Array], U64]] = {
    "integer": _integers,
    "float": _floats,
    "decimal": _decimals,
    "boolean": _booleans,
    "string": _texts,
    "binary": _texts,
    "timestamp": _timestamps,
    "date": _dates,
    "time": _times,
}
