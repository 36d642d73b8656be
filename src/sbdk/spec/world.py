"""Settings that all data sets share, and the check of weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sbdk.spec.data_set_sections import StreamSettings


@dataclass(frozen=True)
class WorldSettings:
    """Seed, time span and volumes of synthetic data; times are naive UTC.

    `start` is the first instant of the data, `anchor` the first end of it, where volumes are exact. `volumes` are
    rows at the anchor by short name ("users", "events", "orders"), the scale already applied. `distributions` holds
    the user's weights by name, which replace a data set's own. `streams` is for data sets with streams, scaled too.
    """

    seed: int
    start: datetime
    anchor: datetime
    volumes: dict[str, int]
    distributions: dict[str, Any] = field(default_factory=dict)
    locale: str = "country"
    streams: StreamSettings = field(default_factory=StreamSettings)


def check_weights(tree: Any, path: str) -> None:
    """ValueError, naming the path, for the first weights in `tree` that no choice can be drawn from.

    Weights are any mapping from values to numbers, and the list `weights` beside a list `values`.
    """
    if not isinstance(tree, dict):
        return
    if isinstance(tree.get("values"), list) and isinstance(tree.get("weights"), list):
        _check_pairs(tree["values"], tree["weights"], path)
    elif tree and all(_is_number(value) for value in tree.values()):
        check_numbers(list(tree.values()), path)
    for key, value in tree.items():
        check_weights(value, f"{path}.{key}")


def check_numbers(weights: Sequence[float], path: str) -> None:
    """ValueError if a weight is negative or not finite, or all are zero."""
    for weight in weights:
        if not math.isfinite(weight) or weight < 0:
            raise ValueError(f"{path}: the weight {weight} must be finite and not negative")
    if sum(weights) <= 0:
        raise ValueError(f"{path}: the weights are all zero")


def _check_pairs(values: list[Any], weights: list[Any], path: str) -> None:
    if len(values) != len(weights):
        raise ValueError(f"{path}: {len(weights)} weights for {len(values)} values")
    if not all(_is_number(weight) for weight in weights):
        raise ValueError(f"{path}.weights: every weight must be a number")
    check_numbers(weights, f"{path}.weights")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
