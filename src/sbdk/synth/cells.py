"""Random bits as a pure function of (seed, table, column, row), on which all synthetic data are built.

Counter-based: splitmix64's finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA
2014) over `row * golden + key`, where the key is a hash of "seed/table/column". No state, no order, so any row range
can be made on its own. Values are shaped with integers and IEEE + − × / only: no libm, no fused multiply-add.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def cell_key(seed: int, table: str, column: str) -> np.uint64:
    """The 64-bit key of one column of one table under one seed."""
    digest = blake2b(f"{seed}/{table}/{column}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def bits(key: np.uint64, rows: U64) -> U64:
    """64 random bits for each row number (0-based), shape of `rows`."""
    with np.errstate(over="ignore"):
        z = rows * GOLDEN
        z += key
        z ^= z >> np.uint64(30)
        z *= _MIX1
        z ^= z >> np.uint64(27)
        z *= _MIX2
        z ^= z >> np.uint64(31)
    return z


def uniform(random: U64) -> NDArray[np.float64]:
    """[0, 1) from the upper 53 bits, exactly."""
    return (random >> np.uint64(11)).astype(np.float64) * 2.0**-53


def lane(random: U64, index: int) -> NDArray[np.uint16]:
    """The index-th (0..3) 16-bit part of each word: four cheap look-ups from one hash."""
    return (random >> np.uint64(16 * index)).astype(np.uint16)


def below(random: U64, bound: int) -> U64:
    """Integers 0..bound−1 for bound ≤ 2³², by multiplication of the upper 32 bits (Lemire 2019, without rejection)."""
    return ((random >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32)
