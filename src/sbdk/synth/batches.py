"""From a plan to batches: row ranges cut into chunks, made on threads, handed on in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import pyarrow as pa

from sbdk.synth.memory import keep_freed_memory

CHUNK = 131_072
"""Rows made at a time: small enough to stay in memory that is near, large enough that NumPy's calls cost nothing."""

Make = Callable[[int, int], pa.RecordBatch]


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
    for made in _chunks(make, start, stop, chunk // batch_size * batch_size, threads):
        for offset in range(0, made.num_rows, batch_size):
            yield made.slice(offset, batch_size)


def _chunks(make: Make, start: int, stop: int, size: int, threads: int | None) -> Iterator[pa.RecordBatch]:
    """Chunks of `size` rows, in order; a few are made ahead on threads."""
    ranges = ((a, min(a + size, stop)) for a in range(start, stop, size))
    workers = min(threads or cores(), -(-(stop - start) // size))
    if workers <= 1:
        yield from (make(a, b) for a, b in ranges)
        return
    keep_freed_memory()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="sbdk-synth")
    try:
        ahead: deque[Future[pa.RecordBatch]] = deque(pool.submit(make, *r) for r in islice(ranges, workers + 1))
        while ahead:
            made = ahead.popleft().result()
            ahead.extend(pool.submit(make, *r) for r in islice(ranges, 1))
            yield made
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _joined(chunks: Iterator[pa.RecordBatch], batch_size: int) -> Iterator[pa.RecordBatch]:
    """Chunks put together to batches of more rows than a chunk has."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for made in chunks:
        while rows + made.num_rows >= batch_size:
            room = batch_size - rows
            yield pa.concat_batches([*held, made.slice(0, room)])
            made, held, rows = made.slice(room), [], 0
        held, rows = [*held, made], rows + made.num_rows
    if rows:
        yield pa.concat_batches(held)
