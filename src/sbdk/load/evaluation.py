"""Runs a resource's code: within the scope of its pipeline file, and side by side where that is safe."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial, wraps
from time import monotonic
from typing import Any

from dlt.extract import DltResource, DltSource
from dlt.extract.items_transform import LimitItem

from sbdk.load.compat import generator_of, pipe_of, pipes_of, replace_generator

Scope = Callable[[str, str], AbstractContextManager[Any]]
"""Takes the names of a source and of one of its resources."""
PANIC = "PanicException"
"""Of a library written in Rust: no Exception, so that it would pass by dlt and by whoever reports errors."""
_Enter = Callable[[], AbstractContextManager[Any]]


def evaluated_within(source: DltSource, scope: Scope) -> None:
    """Have the generators of all resources that will be extracted, and of those that feed them, run within `scope`."""
    seen: set[int] = set()
    for name, resource in source.resources.selected.items():
        enter = partial(scope, source.name, name)
        for pipe in pipes_of(resource):
            if id(pipe) in seen:
                break
            seen.add(id(pipe))
            pipe.replace_gen(_step(pipe.gen, enter))


def _step(made: Any, enter: _Enter) -> Any:
    """The first step of a pipe: a function, a generator, or data, which runs no code and is left as it is."""
    if inspect.isgeneratorfunction(made):

        @wraps(made)
        def rows(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with enter():
                given = made(*args, **kwargs)
            yield from _each(given, enter)

        return rows
    if not callable(made):
        return _result(made, enter)

    @wraps(made)
    def call(*args: Any, **kwargs: Any) -> Any:
        with enter():
            given = made(*args, **kwargs)
        return _result(given, enter)

    return call


def _result(given: Any, enter: _Enter) -> Any:
    """What a function returned or a generator yielded, if dlt will run it later: then within, too."""
    if isinstance(given, AsyncIterator):
        return _each_async(given, enter)
    if isinstance(given, Iterator):
        return _each(given, enter)
    if inspect.iscoroutine(given):
        return _awaited(given, enter)
    return given


def _item(given: Any, enter: _Enter) -> Any:
    """A function among the items is called in a thread of dlt's: in the context that this resource has now."""
    if callable(given):
        with enter():
            return partial(copy_context().run, given)
    return _result(given, enter)


def _each(rows: Iterator[Any], enter: _Enter) -> Iterator[Any]:
    try:
        while True:
            with enter():
                try:
                    given = next(rows)
                except StopIteration:
                    return
                except BaseException as error:
                    if type(error).__name__ != PANIC:
                        raise
                    raise RuntimeError(str(error)) from error
            yield _item(given, enter)
    finally:
        if inspect.isgenerator(rows):
            with enter():
                rows.close()


async def _each_async(rows: AsyncIterator[Any], enter: _Enter) -> AsyncIterator[Any]:
    """When the event loop ends before the rows do, it closes this generator, and this one closes that of the user."""
    try:
        while True:
            try:
                given = await _awaited(_next(rows), enter)
            except StopAsyncIteration:
                return
            yield given
    finally:
        if inspect.isasyncgen(rows):
            await _awaited(_closed(rows), enter)


async def _next(rows: AsyncIterator[Any]) -> Any:
    """The next item. The event loop does not get to know a generator of the user's: it would close it a second time."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        item = anext(rows)
    finally:
        sys.set_asyncgen_hooks(*hooks)
    return await item


async def _closed(rows: AsyncGenerator[Any, Any]) -> None:
    await rows.aclose()


async def _awaited(given: Coroutine[Any, Any, Any], enter: _Enter) -> Any:
    return await _Within(given, enter)


@dataclass(frozen=True)
class _Within:
    """Awaits `given`; within while it works, not while it waits: what waits may be ended in another context."""

    given: Coroutine[Any, Any, Any]
    enter: _Enter

    def __await__(self) -> Generator[Any, Any, Any]:
        step = partial(self.given.send, None)
        while True:
            with self.enter():
                try:
                    waiting = step()
                except StopIteration as done:
                    return done.value
            try:
                step = partial(self.given.send, (yield waiting))
            except BaseException as error:
                step = partial(self.given.throw, error)


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


def group_rows(resource: DltResource) -> None:
    """Let a generator of single rows yield lists of them, which steps take one by one and validation at once.

    Left as it is: what is no generator, what feeds a transformer, and a resource with a limit, which counts items.
    """
    generator = generator_of(resource)
    if resource.is_transformer or any(isinstance(step, LimitItem) for step in pipe_of(resource).steps):
        return
    if inspect.isgenerator(generator):
        replace_generator(resource, _grouped(generator))
    elif inspect.isgeneratorfunction(generator):
        replace_generator(resource, _grouped_function(generator))


def _grouped_function(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @wraps(function)
    def start(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from _grouped(function(*args, **kwargs))

    return start


def _grouped(rows: Iterator[Any]) -> Iterator[Any]:
    """Lists of up to MOST_ROWS rows that came within MOST_SECONDS; other items as they are, in their place."""
    group: list[Any] = []
    until = monotonic() + MOST_SECONDS
    for item in rows:
        if not isinstance(item, dict):
            yield from [group, item] if group else [item]
            group = []
            continue
        group.append(item)
        if len(group) >= MOST_ROWS or monotonic() > until:
            yield group
            group, until = [], monotonic() + MOST_SECONDS
    if group:
        yield group


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
