"""What each table's cells depend on, as a hash: another fingerprint is another world."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b

from sbdk.spec.world import WorldSettings
from sbdk.synth.columns import apportion
from sbdk.datasets.saas.defaults import EVENT_WEIGHTS, ORDER_WEIGHTS, SESSION_WEIGHTS, USER_WEIGHTS
from sbdk.datasets.saas.quantiles import TABLES_VERSION
from sbdk.datasets.saas.weights import Weights
from sbdk.synth.vocab import NAMES_VERSION

RULES_VERSION = 1
"""Raised whenever the same settings would give other cells."""


def fingerprint(table: str, settings: WorldSettings, volumes: dict[str, int], weights: Weights) -> str:
    """Hex, by everything that a cell of `table` at a given row depends on; the clock is not among it."""
    parts: list[object] = ["saas", RULES_VERSION, TABLES_VERSION, table, settings.seed]
    parts += [settings.start.isoformat(), settings.anchor.isoformat(), volumes["users"]]
    parts += _slots(weights, USER_WEIGHTS)
    if table == "raw_users":
        parts += [NAMES_VERSION, settings.locale]
    else:
        parts += [volumes["events"], *_slots(weights, EVENT_WEIGHTS)]
    if table == "raw_events":
        parts += _slots(weights, SESSION_WEIGHTS)
    if table == "raw_orders":
        parts += [volumes["orders"], *_slots(weights, ORDER_WEIGHTS)]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _slots(weights: Weights, names: Iterable[str]) -> list[object]:
    return [[name, apportion(list(weights[name].values()), 2**32).tolist()] for name in names]
