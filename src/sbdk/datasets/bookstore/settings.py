"""How many rows each table has at the anchor, and how many it can have."""

from __future__ import annotations

from collections.abc import Mapping

from sbdk.core.errors import ConfigError

DEFAULTS = {"publishers": 10, "books": 100, "sales": 100, "inventory": 50, "campaign_events": 50}
FEWEST_CAMPAIGNS = 12
"""A pair of rows for each of the five experiments, and one pair without."""
_LIMITS = {
    "publishers": (1, 10_000_000),
    "books": (1, 10_000_000),  # seven digits of an ISBN tell the books of a language apart
    "sales": (0, 2**31 - 1),
    "inventory": (0, 2**31 - 1),
    "campaign_events": (0, 2**31 - 2),
}


def volumes_of(asked: Mapping[str, int]) -> dict[str, int]:
    """Rows by table: what was asked for or the default; of campaign events an even number of at least 12.

    Raises ConfigError with the key of a volume that no bookstore can have.
    """
    rows = {name: asked.get(name, default) for name, default in DEFAULTS.items()}
    for name, (least, most) in _LIMITS.items():
        if not least <= rows[name] <= most:
            raise ConfigError(f"data_volume.{name}: {rows[name]:,} is not from {least} to {most:,}")
    campaigns = max(rows["campaign_events"], FEWEST_CAMPAIGNS)
    return {**rows, "campaign_events": campaigns + campaigns % 2}
