"""The frozen quantile tables (`data/*.npy`, written by tools/freeze_tables.py) and look-ups in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TABLES_VERSION = 1
KNOTS = 65_536
_DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> NDArray[Any]:
    """One table, read once."""
    return np.asarray(np.load(_DATA / f"{name}.npy"))


def gamma_fraction(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantile at u in [0, 1) of Gamma(2, 1/4) truncated at 1, linear between knots: ascends with u."""
    knots = table("gamma_days")
    place = u * KNOTS
    cell = place.astype(np.int64)
    low = knots.take(cell)
    fraction: NDArray[np.float64] = (knots.take(cell + 1) - low) * (place - cell) + low
    return fraction


def gamma_share(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `gamma_fraction` on the same straight lines: the u at which the quantile is `fraction`."""
    knots = table("gamma_days")
    cell = np.searchsorted(knots, fraction, side="right") - 1
    low = knots.take(cell)
    share: NDArray[np.float64] = (cell + (fraction - low) / (knots.take(cell + 1) - low)) * (1.0 / KNOTS)
    return share
