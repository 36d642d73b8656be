"""Choices: weighted values by look-up table, which gives each weight its exact share of 65,536 slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

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


Codes = NDArray[np.uint8] | NDArray[np.uint16]


def lookup_table(weights: Sequence[float]) -> Codes:
    """65,536 codes (0-based positions of the weights), each as often as its weight says; uint8 up to 256 weights."""
    shares = apportion(weights)
    if len(weights) <= 256:
        return np.repeat(np.arange(len(weights), dtype=np.uint8), shares)
    return np.repeat(np.arange(len(weights), dtype=np.uint16), shares)


def given_table(weights: Sequence[Sequence[float]]) -> Codes:
    """One look-up table per condition, one after the other: shape (conditions × 65,536,). For `choose_given`."""
    return np.concatenate([lookup_table(row) for row in weights])


def choose(table: Codes, lane: NDArray[np.uint16]) -> Codes:
    """The code of each cell. `table` from `lookup_table`, `lane` from `cells.lane`."""
    return table.take(lane)


def choose_given(table: Codes, condition: NDArray[Any], lane: NDArray[np.uint16]) -> Codes:
    """The code of each cell whose weights depend on another column's code. `table` from `given_table`."""
    index = condition.astype(np.int64)
    index *= SLOTS
    index += lane
    return table.take(index)


@dataclass(frozen=True)
class Choice:
    """Values with their weights, ready to draw from: the table is made once, `codes` for every batch."""

    values: tuple[Any, ...]
    table: Codes

    @classmethod
    def of(cls, values: Sequence[Any], weights: Sequence[float]) -> Choice:
        """Weights must have passed `check_weights`."""
        return cls(tuple(values), lookup_table(weights))

    @classmethod
    def given(cls, values: Sequence[Any], weights: Sequence[Sequence[float]]) -> Choice:
        """One row of weights per code of the condition."""
        return cls(tuple(values), given_table(weights))

    def codes(self, lane: NDArray[np.uint16], condition: NDArray[Any] | None = None) -> Codes:
        """Positions in `values`."""
        return choose(self.table, lane) if condition is None else choose_given(self.table, condition, lane)
