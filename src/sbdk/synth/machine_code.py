"""Where numba keeps compiled code from one process to the next.

A function is compiled once per process, whoever asks for it, and the code is the same for all projects; so the first
project that names a folder decides where it is kept. Nothing is kept unless a folder is named, by a project or by
NUMBA_CACHE_DIR: nothing may be written beside the package or into the home folder unasked.
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
