"""What a watch says of itself, to a terminal or a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal


@dataclass(frozen=True)
class WatchState:
    """`changed`: names of the files that the present or last build was about. `error`: why the last one failed, as
    `SbdkError.as_dict`. `since`: when this state began, UTC."""

    status: Literal["idle", "building", "failed"] = "idle"
    run_id: str | None = None
    changed: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
