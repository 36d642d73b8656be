"""Relative weights: what is allowed, and their exact share of a table of 65,536 slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError

SLOTS = 65_536
"""Entries of a look-up table: a share is off by at most 1/65,536 = 0.0015 percentage points."""


def check_weights(
    weights: Sequence[float], values: int, where: str, *, file: Path | str | None = None
) -> tuple[float, ...]:
    """The weights as floats, or a ConfigError that begins with `where` (table.column.key).

    Wrong are: not as many as the values, more than 65,536, negative, not finite, none above zero.
    """
    if len(weights) != values:
        raise ConfigError(f"{where}: {len(weights)} weights for {values} values", file=file)
    if values > SLOTS:
        raise ConfigError(f"{where}: {values:,} values; a choice has at most {SLOTS:,}", file=file)
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not isfinite(weight):
            raise ConfigError(f"{where}: a weight must be a finite number, not {weight!r}", file=file)
        if weight < 0:
            raise ConfigError(f"{where}: a weight must not be negative: {weight!r}", file=file)
    if not isfinite(sum(weights)) or sum(weights) <= 0:
        raise ConfigError(f"{where}: at least one weight must be above zero, and their sum finite", file=file)
    return tuple(float(weight) for weight in weights)


def multiplied(weights: Sequence[float], values: Sequence[str], multipliers: Mapping[str, float]) -> tuple[float, ...]:
    """The weights with some of them multiplied, by value. They stay relative: `apportion` normalises."""
    return tuple(weight * multipliers.get(value, 1.0) for weight, value in zip(weights, values, strict=True))


def apportion(weights: Sequence[float], slots: int = SLOTS) -> NDArray[np.int64]:
    """How many of `slots` each weight gets: largest remainder, and at least one slot for a weight above zero.

    Computed in exact fractions, since Python 3.12 sums floats otherwise than 3.11. The sum is exactly `slots`.
    The weights must have passed `check_weights`.
    """
    total = sum(map(Fraction, weights))
    exact = [Fraction(weight) / total * slots for weight in weights]
    shares = [max(int(share), 1) if share > 0 else 0 for share in exact]
    order = sorted(range(len(weights)), key=lambda i: (int(exact[i]) - exact[i], i))
    for i in order[: max(slots - sum(shares), 0)]:
        shares[i] += exact[i] > 0
    shares[shares.index(max(shares))] += slots - sum(shares)
    return np.array(shares, dtype=np.int64)
