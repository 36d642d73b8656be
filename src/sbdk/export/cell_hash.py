"""64-bit words of cells by Arrow type, the input of row and content hashes. docs/exports.md has the format."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from hashlib import blake2b

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.core.errors import UsageError
from sbdk.synth.columns.arrays import family

U64 = NDArray[np.uint64]
GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
_SCALE = 18  # decimals are counted in 10⁻¹⁸
_TOP_BIT = np.uint64(1 << 63)
_EXACT = Context(prec=200)
_PLAIN_TEXTS = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
_FEW = 32
"""The number of long texts below which each is hashed alone: faster than a pass over all for every 8 bytes."""


def cell_words(array: pa.Array) -> U64:
    """One word per cell of a plain (not dictionary-encoded) array; the words of nulls have no meaning."""
    return _WORDS[family(array.type)](array)


def _integers(array: pa.Array) -> U64:
    """Two's complement; values from 2⁶³ on, whose bits are those of a negative number, are mixed."""
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
    """Microseconds since 1970 in UTC; a finer value is an error and is never rounded."""
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


def text_words(array: pa.Array) -> U64:
    """For each string or binary value of n bytes: n + Σₖ mix(wₖ + (k+1)·GOLDEN), wₖ its k-th 8 bytes, zero-padded.

    Words are little-endian; k counts from 0. The words of nulls have no meaning.
    """
    starts, data = _offsets_and_bytes(array)
    lengths = np.diff(starts)
    words = lengths.astype(np.uint64)
    at_any_byte: U64 = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    rows, k = np.flatnonzero(lengths), 0
    while len(rows) > _FEW:
        part = at_any_byte[starts[rows] + 8 * k] & _mask(lengths[rows] - 8 * k)
        k += 1
        words[rows] += mix(part + np.uint64(k * GOLDEN & MASK))
        rows = rows[lengths[rows] > 8 * k]
    for row in rows:
        words[row : row + 1] += _sum_from(k, data[starts[row] + 8 * k : starts[row + 1]])
    return words


def _offsets_and_bytes(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The n + 1 offsets, from 0, and the bytes, followed by eight zeros, so that a word can be read at every byte."""
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets, data = array.buffers()
    if not len(array):
        return np.zeros(1, np.int64), np.zeros(8, np.uint8)
    dtype = np.dtype(np.int64 if wide else np.int32)
    starts = np.frombuffer(offsets, dtype, len(array) + 1, array.offset * dtype.itemsize).astype(np.int64)
    size = int(starts[-1] - starts[0])
    padded = np.zeros(size + 8, np.uint8)
    if size:
        padded[:size] = np.frombuffer(data, np.uint8, size, int(starts[0]))
    return starts - starts[0], padded


def _mask(left: NDArray[np.int64]) -> U64:
    """Keeps the first `left` bytes of a word, all eight when there are more."""
    spare = 8 * (8 - np.minimum(left, 8)).astype(np.uint64)
    return np.uint64(MASK) >> spare


def _sum_from(k: int, data: NDArray[np.uint8]) -> np.uint64:
    """The terms of one text from the k-th on; `data` starts at the k-th word."""
    count = -(-len(data) // 8)
    padded = np.zeros(count * 8, np.uint8)
    padded[: len(data)] = data
    steps = np.arange(k + 1, k + 1 + count, dtype=np.uint64) * np.uint64(GOLDEN)
    return np.uint64(np.add.reduce(mix(padded.view("<u8") + steps), dtype=np.uint64))


def mix(words: U64) -> U64:
    """splitmix64's finaliser (Steele, Lea, Flood, OOPSLA 2014), a bijection of words. Overwrites its argument."""
    shifted = words >> np.uint64(30)
    words ^= shifted
    words *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(words, np.uint64(27), out=shifted)
    words ^= shifted
    words *= np.uint64(0x94D049BB133111EB)
    np.right_shift(words, np.uint64(31), out=shifted)
    words ^= shifted
    return words


def key(text: str) -> int:
    """The 64-bit key of a text: the first 8 bytes of its BLAKE2b, little-endian."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def total(words: U64) -> int:
    """The sum modulo 2⁶⁴."""
    return int(np.add.reduce(words, dtype=np.uint64))
