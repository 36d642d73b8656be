"""The 64-bit arithmetic under the content hash. Frozen with it: a change here is a new version of the format."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


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
