"""The worker's messages about nodes as events of the stage `transform`."""

from __future__ import annotations

from typing import Any

from sbdk.core.events import Emit, Event


def tell(message: dict[str, Any], emit: Emit) -> None:
    """Pass on a node's start or end: text is `model dim_users`, data has done, total, unit, and status and seconds."""
    if message["kind"] not in ("node_started", "node_finished"):
        return
    data = {key: message[key] for key in ("id", "done", "total", "status", "seconds") if key in message}
    text = f"{message['type']} {message['name']}"
    emit(Event("progress", "transform", text, {**data, "unit": "nodes"}))
