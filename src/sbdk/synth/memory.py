"""Memory that is freed stays with the process while batches are made.

Every chunk allocates and frees the same few megabytes. glibc hands them back to the kernel each time, which then clears
them page by page: with several threads that costs a third of the time. Values are not touched by this.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 128 * 2**20
_LARGEST = 32 * 2**20


@cache
def keep_freed_memory() -> bool:
    """Raise glibc's two thresholds, once; False where the allocator is another one."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST) and mallopt(_M_TRIM_THRESHOLD, _KEPT))
