"""The name under which projects' plugins import the generators of declared data sets: `sbdk.datasets.declared`."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("sbdk.datasets.declared"), name)
