"""Run the code of each resource within a context manager, so that what it calls can tell for which resource it works.

A generator has no context of its own: it runs in that of whoever asks for its next item, be it the extracting thread, a
pool of dlt's or an event loop. So the context manager is entered for each item, and left before the item is passed on.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from dlt.extract import DltSource

Scope = Callable[[str, str], AbstractContextManager[Any]]
"""Takes the names of a source and of one of its resources."""
_Enter = Callable[[], AbstractContextManager[Any]]


def evaluated_within(source: DltSource, scope: Scope) -> None:
    """Have the generators of all resources that will be extracted, and of those that feed them, run within `scope`."""
    seen: set[int] = set()
    for name, resource in source.resources.selected.items():
        pipe, enter = resource._pipe, partial(scope, source.name, name)
        while pipe is not None and not pipe.is_empty and id(pipe) not in seen:
            seen.add(id(pipe))
            pipe.replace_gen(_step(pipe.gen, enter))
            pipe = pipe.parent


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
