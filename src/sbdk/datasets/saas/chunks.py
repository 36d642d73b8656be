"""Parts of a plan made on threads and handed on in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

from sbdk.synth.memory import keep_freed_memory

T = TypeVar("T")
R = TypeVar("R")


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
