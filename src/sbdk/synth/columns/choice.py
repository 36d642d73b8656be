"""Choices: weighted values by look-up table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbdk.synth.columns.weights import SLOTS, apportion

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
