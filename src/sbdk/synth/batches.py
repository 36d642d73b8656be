"""Runs work on threads and yields the results in order; makes row ranges into batches that way."""

from __future__ import annotations

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain, islice
from typing import TypeVar

import pyarrow as pa

CHUNK = 131_072
"""Rows result at a time: few enough for the CPU's caches, enough that the overhead of NumPy's calls is small."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Make = Callable[[int, int], pa.RecordBatch]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 128 * 2**20
_LARGEST = 32 * 2**20


def in_batches(
    make: Make, start: int, stop: int, *, batch_size: int = CHUNK, threads: int | None = None, chunk: int = CHUNK
) -> Iterator[pa.RecordBatch]:
    """Rows start ≤ row < stop, `batch_size` in each batch but the last, in order.

    `make(a, b)` returns rows [a, b), from any thread. At most threads + 1 chunks are in memory at a time, and no
    chunk has more than `chunk` rows.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    if batch_size > chunk:
        yield from _joined(_chunks(make, start, stop, chunk, threads), batch_size)
        return
    for result in _chunks(make, start, stop, chunk // batch_size * batch_size, threads):
        for offset in range(0, result.num_rows, batch_size):
            yield result.slice(offset, batch_size)


def _chunks(make: Make, start: int, stop: int, size: int, threads: int | None) -> Iterator[pa.RecordBatch]:
    """Chunks of `size` rows, in order; a few are result ahead on threads."""
    ranges = ((a, min(a + size, stop)) for a in range(start, stop, size))
    return ordered(lambda span: make(*span), ranges, threads or cores())


def _joined(chunks: Iterator[pa.RecordBatch], batch_size: int) -> Iterator[pa.RecordBatch]:
    """Chunks joined into batches of more rows than a chunk has."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for result in chunks:
        while rows + result.num_rows >= batch_size:
            room = batch_size - rows
            yield pa.concat_batches([*held, result.slice(0, room)])
            result, held, rows = result.slice(room), [], 0
        held, rows = [*held, result], rows + result.num_rows
    if rows:
        yield pa.concat_batches(held)


def ordered(make: Callable[[Item], Made], items: Iterable[Item], workers: int) -> Iterator[Made]:
    """make(item) for each item, in order, on threads. At most workers + 1 items are in work at a time."""
    rest = iter(items)
    first = list(islice(rest, workers + 1))
    if len(first) < 2 or workers <= 1:
        yield from (make(item) for item in chain(first, rest))
        return
    keep_freed_memory()
    pool = ThreadPoolExecutor(min(workers, len(first)), thread_name_prefix="sbdk-synth")
    try:
        ahead = deque(pool.submit(make, item) for item in first)
        while ahead:
            result = ahead.popleft().result()
            ahead.extend(pool.submit(make, item) for item in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def spare_cores() -> int:
    """All cores but one, which is left to the consumer; more threads would only wait for the interpreter."""
    return max(1, (os.cpu_count() or 1) - 1)


@cache
def keep_freed_memory() -> bool:
    """Raise glibc's two thresholds, once, so that memory freed stays with the process; False for another allocator.

    Every chunk allocates and frees the same few megabytes. glibc hands them back to the kernel each time, which then
    clears them page by page: with several threads that costs a third of the time. Values are not touched by this.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST) and mallopt(_M_TRIM_THRESHOLD, _KEPT))
