"""A row range made in chunks on threads, handed out in order as batches of the size asked for."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import pyarrow as pa

from sbdk.synth.domains.saas.memory import keep_freed_memory

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    make: Callable[[int, int], pa.RecordBatch],
    start: int,
    stop: int,
    batch_size: int,
    threads: int | None,
    at_once: int,
) -> Iterator[pa.RecordBatch]:
    """Batches of `batch_size` rows (the last may be shorter) of what `make(a, b)` gives for start ≤ row < stop.

    About `at_once` rows are made at a time: few enough for the cache, enough for NumPy. Only speed depends on it.
    """
    if batch_size < 1:
        raise ValueError("batch_size must be at least 1")
    step = batch_size * max(1, at_once // batch_size)
    spans = ((low, min(low + step, stop)) for low in range(start, stop, step))
    workers = threads or spare_cores()
    if workers == 1 or stop - start <= step:
        chunks: Iterator[pa.RecordBatch] = (make(low, high) for low, high in spans)
    else:
        chunks = each_on_threads(lambda span: make(*span), spans, workers)
    for chunk in chunks:
        for low in range(0, chunk.num_rows, batch_size):
            yield chunk.slice(low, batch_size)


def each_on_threads(make: Callable[[T], R], items: Iterable[T], workers: int | None = None) -> Iterator[R]:
    """make(item) for each item, in order. At most one more than workers is under way: memory does not grow."""
    workers = workers or spare_cores()
    rest = iter(items)
    first = list(islice(rest, workers + 1))
    if len(first) < 2 or workers == 1:
        yield from (make(item) for item in chain(first, rest))
        return
    keep_freed_memory()
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(make, item) for item in first)
        try:
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(make, item) for item in islice(rest, 1))
        finally:
            for future in waiting:
                future.cancel()


def spare_cores() -> int:
    """All but one, which is left to whoever consumes what is made; more threads would only wait for the interpreter."""
    return max(1, (os.cpu_count() or 1) - 1)
