"""Loading: one thin call into dlt. Names are looked up on use, because importing dlt takes a quarter of a second."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sbdk.load.discovery import PipelineFile, discover
    from sbdk.load.loader import Loader
    from sbdk.load.parquet_import import parquet_item

_HOMES = {
    "PipelineFile": "discovery",
    "discover": "discovery",
    "Loader": "loader",
    "parquet_item": "parquet_import",
}

__all__ = ["Loader", "PipelineFile", "discover", "parquet_item"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
