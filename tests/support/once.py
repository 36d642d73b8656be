"""Folders that are made once for a whole session of the tests, whatever the number of its processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

_session: list[Path] = []


def open_session(factory: pytest.TempPathFactory) -> None:
    """Keep the folders beside the temporary folders of the session's processes."""
    own = factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "once"
    shared.mkdir(exist_ok=True)
    _session[:] = [shared]


def once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` filled in the first process that asked. It is shared: read or copy it, never write to it."""
    folder = _session[0] / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            try:
                make(folder)
            except BaseException:
                shutil.rmtree(folder)
                raise
    return folder
