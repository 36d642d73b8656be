"""The dashboard of `sbdk start`: runs as they happen, lineage, tables, checks, score, and a read-only SQL box."""

from __future__ import annotations

from typing import Any

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sbdk.server.dashboard.app import create_app

    return create_app
