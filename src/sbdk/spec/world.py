"""What a synthetic world is made from: the part of a project's configuration that decides the value of its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sbdk.spec.streams import StreamSettings


@dataclass(frozen=True)
class WorldSettings:
    """Seed, time span and volumes of a world; times are naive UTC.

    `start` is the first instant of the data, `anchor` the first end of it, where volumes are exact. `volumes` are
    rows at the anchor by short name ("users", "events", "orders"), the scale already applied. `distributions` holds
    what the user changed of a data set's own weights, by name. `streams` is for data sets that emit.
    """

    seed: int
    start: datetime
    anchor: datetime
    volumes: dict[str, int]
    distributions: dict[str, Any] = field(default_factory=dict)
    locale: str = "country"
    streams: StreamSettings = field(default_factory=StreamSettings)
