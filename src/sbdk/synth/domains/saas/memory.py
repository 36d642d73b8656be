"""Freed memory kept for the next chunk: a fifth of the time of bulk generation is page faults otherwise."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT = 16 << 20
_LARGEST = 32 << 20


@cache
def keep_freed_memory() -> None:
    """Once a process, where the C library is glibc: arrays of up to 32 MB come from the heap, whose free end stays up
    to 16 MB long. See mallopt(3)."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
