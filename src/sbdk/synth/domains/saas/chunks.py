"""A row range made in chunks on threads, handed out in order as batches of the size asked for."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import pyarrow as pa

CHUNK = 131_072
"""Rows that are made at once: small enough for the cache, large enough for NumPy. Only speed depends on it."""


def in_order(
    make: Callable[[int, int], pa.RecordBatch], start: int, stop: int, batch_size: int, threads: int | None
) -> Iterator[pa.RecordBatch]:
    """Batches of `batch_size` rows (the last may be shorter) of what `make(a, b)` gives for start ≤ row < stop."""
    if batch_size < 1:
        raise ValueError("batch_size must be at least 1")
    step = batch_size * max(1, CHUNK // batch_size)
    spans = ((low, min(low + step, stop)) for low in range(start, stop, step))
    workers = threads or os.cpu_count() or 1
    chunks = _on_threads(make, spans, workers) if workers > 1 and stop - start > step else _one_by_one(make, spans)
    for chunk in chunks:
        for low in range(0, chunk.num_rows, batch_size):
            yield chunk.slice(low, batch_size)


def _one_by_one(
    make: Callable[[int, int], pa.RecordBatch], spans: Iterator[tuple[int, int]]
) -> Iterator[pa.RecordBatch]:
    return (make(low, high) for low, high in spans)


def _on_threads(
    make: Callable[[int, int], pa.RecordBatch], spans: Iterator[tuple[int, int]], workers: int
) -> Iterator[pa.RecordBatch]:
    """At most two chunks more than workers are under way, so memory does not grow with rows."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[pa.RecordBatch]] = deque(pool.submit(make, *span) for span in islice(spans, workers + 2))
        try:
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(make, *span) for span in islice(spans, 1))
        finally:
            for future in waiting:
                future.cancel()
