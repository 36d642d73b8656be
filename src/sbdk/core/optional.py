"""Optional dependencies: imported on use, and a missing one says which pip line brings it."""

from __future__ import annotations

import importlib
from types import ModuleType

from sbdk.core.errors import MissingExtra


def require(module: str, extra: str) -> ModuleType:
    """Import `module`, or raise MissingExtra naming `pip install 'sbdk[extra]'`."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = f"pip install 'sbdk[{extra}]'"
        raise MissingExtra(f"this needs the package {module!r}, which is not installed", hint=hint) from error
