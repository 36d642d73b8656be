"""The worker's messages as events of the stage `transform`."""

from __future__ import annotations

from typing import Any

from sbdk.core.events import Emit, Event


def tell(message: dict[str, Any], emit: Emit) -> None:
    """Pass on a warning of dbt's, or a node's start or end.

    A node's text is `model dim_users`; its data has id, total and unit, at the end also done, status and seconds.
    """
    if message["kind"] == "warning":
        emit(Event("warning", "transform", message["text"]))
    if message["kind"] not in ("node_started", "node_finished"):
        return
    data = {key: message[key] for key in ("id", "done", "total", "status", "seconds") if key in message}
    text = f"{message['type']} {message['name']}"
    emit(Event("progress", "transform", text, {**data, "unit": "nodes"}))
