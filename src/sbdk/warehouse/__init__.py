"""The one room of ours that opens a project's DuckDB file: build, publish, roll back, query.

Light to import: DuckDB comes in with the first use of `Warehouse`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sbdk.warehouse.build import Build
    from sbdk.warehouse.manifest import Published
    from sbdk.warehouse.warehouse import Warehouse

__all__ = ["Build", "Published", "Warehouse"]

_HOMES = {"Build": "build", "Published": "manifest", "Warehouse": "warehouse"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
