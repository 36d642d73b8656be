"""What retail streams emit, read back the slow way: json.loads for each line, and a plain dict for each clean row."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sbdk.datasets.retail.dataset import RetailDataset
from sbdk.spec.data_set_sections import StreamSettings
from sbdk.spec.world import WorldSettings
from sbdk.synth.dirt import Dirt, dirt_of
from sbdk.synth.dirt.stream import Stream
from support.emitting import BUSY

START = datetime(2026, 1, 1)
DAY_US = 86_400_000_000
KEY = {"stores": "store_id", "customers": "customer_id", "products": "product_id", "sales": "transaction_id"}
TIME = {"stores": "last_update_time", "customers": "last_update_time", "products": "last_update_time"} | {
    "sales": "event_time"
}
NONE = {table: {} for table in KEY}


def retail(seed: int = 42, days: float = 1, **streams: object) -> RetailDataset:
    settings = WorldSettings(seed, START, START + timedelta(days=days), {})
    return RetailDataset(settings, StreamSettings.model_validate(BUSY | streams))


def only(world: RetailDataset, **rates: dict[str, float]) -> Dirt:
    """No dirt but this: every default is set to 0."""
    zero = {table: dict.fromkeys(defects, 0.0) for table, defects in world.default_rates().items()}
    return dirt_of(world, world.settings.seed, {table: zero[table] | rates.get(table, {}) for table in zero})


def emitted(world: RetailDataset, table: str, dirt: Dirt, days: float = 1) -> list[str]:
    """The lines of the first days."""
    stream = Stream(world, table, dirt)
    return stream.between(world.start, world.start + int(days * DAY_US)).lines.to_pylist()


def parsed(line: str) -> dict[str, Any] | None:
    """The record, or None for text that is no JSON. Numbers stay exact."""
    try:
        return json.loads(line, parse_float=Decimal)
    except ValueError:
        return None


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A clean row as it should stand in JSON."""
    return {k: v.isoformat(timespec="microseconds") if isinstance(v, datetime) else v for k, v in row.items()}


def rows(world: RetailDataset, table: str) -> list[dict[str, Any]]:
    return [as_json(row) for batch in world.tables[table].batches() for row in batch.to_pylist()]
