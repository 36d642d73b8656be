"""Runs the generators of independent resources in threads, so that one works while another waits.

dlt's own `parallelize` sends every single item through its thread pool, which makes a resource that yields row by row
four times slower. Here a thread fetches all items of a fraction of a second; the steps after the generator still
receive each item by itself, as dlt expects.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from time import monotonic
from typing import Any

from dlt.extract import DltResource

from sbdk.load.compat import generator_of, replace_generator

MOST_ROWS = 1_000
MOST_SECONDS = 0.05


def run_parallel(resource: DltResource) -> DltResource:
    """Let the generator of `resource` run in dlt's extraction threads; anything but a generator is left as it is."""
    generator = generator_of(resource)
    if inspect.isgenerator(generator):
        replace_generator(resource, _threaded(generator))
    elif inspect.isgeneratorfunction(generator) and not resource.is_transformer:
        replace_generator(resource, _threaded_function(generator))
    return resource


def _threaded_function(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @wraps(function)
    def start(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from _threaded(function(*args, **kwargs))

    return start


def _threaded(rows: Iterator[Any]) -> Iterator[Any]:
    """Yields to dlt: a function to call in a thread, or None while the last one has not returned."""
    fetch = _Fetch(rows)
    try:
        while not fetch.exhausted:
            if fetch.busy:
                yield None
            else:
                fetch.busy = True
                yield fetch
    finally:
        if not fetch.busy and inspect.isgenerator(rows):
            rows.close()


class _Fetch:
    """The next items of a generator, taken by one thread at a time."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self.rows = rows
        self.busy = False
        self.exhausted = False

    def __call__(self) -> Iterator[Any] | None:
        try:
            batch = self._take()
        finally:
            self.busy = False
        return iter(batch) if batch else None

    def _take(self) -> list[Any]:
        """Rows for up to MOST_SECONDS; a table or a file ends the batch, because it may be large."""
        batch: list[Any] = []
        until = monotonic() + MOST_SECONDS
        for item in self.rows:
            batch.append(item)
            if not isinstance(item, dict) or len(batch) >= MOST_ROWS or monotonic() > until:
                return batch
        self.exhausted = True
        return batch
