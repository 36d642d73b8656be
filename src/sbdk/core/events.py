"""What stages say while they work. Sinks (terminal, log, dashboard) listen; no stage prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "changed", "run_started", "stage_started", "progress", "note", "warning", "stage_finished", "run_finished"
]


@dataclass(frozen=True)
class Event:
    """One thing that happened. `stage` is empty for events of the run as a whole.

    In `data`: changed (a watch is about to build) `files`; run_started `run_id`; progress `done` and perhaps `total`,
    in `unit` (rows, nodes); stage_finished `status`, `seconds`, `rows`; run_finished what `dev --json` prints.
    """

    kind: Kind
    stage: str = ""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)


Emit = Callable[[Event], None]


def silent(event: Event) -> None:
    """The sink that drops everything."""
