"""The folder in which numba caches compiled code between processes.

A function is compiled once per process, and the code is the same for all projects; so the first project that names a
folder decides where it is cached. Nothing is cached unless a project or NUMBA_CACHE_DIR names a folder: no file is
written beside the package or into the home folder by default.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHOSEN: list[Path] = []


def keep_machine_code(folder: Path) -> None:
    """Keep compiled code in `folder`, if no other one was named before."""
    if not kept_in():
        _CHOSEN.append(folder)


def kept_in() -> str:
    """The folder, empty when there is none."""
    return os.environ.get("NUMBA_CACHE_DIR", "") or (str(_CHOSEN[0]) if _CHOSEN else "")


@contextmanager
def kept_machine_code() -> Iterator[None]:
    """Within: functions decorated with `numba.njit(cache=True)` are kept in the folder. Imports numba."""
    from numba import config

    before = config.CACHE_DIR
    config.CACHE_DIR = kept_in()
    try:
        yield
    finally:
        config.CACHE_DIR = before
