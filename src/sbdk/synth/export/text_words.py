"""One 64-bit word per text, without a loop over the texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sbdk.synth.export.mixing import GOLDEN, MASK, U64, mix

_FEW = 32
"""So many long texts are done one by one, which is faster than a pass over them for every 8 bytes."""


def text_words(array: pa.Array) -> U64:
    """For each string or binary value of n bytes: n + Σₖ mix(wₖ + (k+1)·GOLDEN), wₖ its k-th 8 bytes, zero-padded.

    Words are little-endian; k counts from 0. What stands at a null is of no meaning.
    """
    starts, data = _bytes_of(array)
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


def _bytes_of(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The n + 1 offsets, from 0, and the bytes, with eight zeros behind them so that a word can be read at each."""
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
    """The terms of one text from the k-th on; `data` starts there."""
    count = -(-len(data) // 8)
    padded = np.zeros(count * 8, np.uint8)
    padded[: len(data)] = data
    steps = np.arange(k + 1, k + 1 + count, dtype=np.uint64) * np.uint64(GOLDEN)
    return np.uint64(np.add.reduce(mix(padded.view("<u8") + steps), dtype=np.uint64))
