"""The worker's messages as events of the stage `transform`."""

from __future__ import annotations

from typing import Any

from sbdk.core.events import Emit, NodeFinished, NodeStarted, Warned

STAGE = "transform"


def emit_message(message: dict[str, Any], emit: Emit) -> None:
    """Emit a warning of dbt's, or a node's start or end; messages of other kinds are no events."""
    if message["kind"] == "warning":
        emit(Warned(STAGE, message["text"]))
    elif message["kind"] == "node_started":
        emit(NodeStarted(STAGE, *_identity(message), total=message["total"]))
    elif message["kind"] == "node_finished":
        how = {key: message[key] for key in ("status", "seconds", "done", "total")}
        emit(NodeFinished(STAGE, *_identity(message), **how))


def _identity(message: dict[str, Any]) -> tuple[str, str, str]:
    return message["id"], message["name"], message["type"]
