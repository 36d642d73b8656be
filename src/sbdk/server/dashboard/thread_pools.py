"""Bounded thread pools for work that may take long, so that no page and no event stream waits behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sbdk.server.http.errors import HttpError

T = TypeVar("T")


class BoundedThreadPool:
    """`threads` threads; `waiting` calls more may queue up, the next one is rejected with 429."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"dashboard-{name}")
        self._capacity = threads + waiting
        self._running = 0

    async def run(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Returns or raises as `work` does. `work` goes on when the browser disconnects; it has its own time limit."""
        if self._running >= self._capacity:
            raise HttpError(429, "busy", "too many requests are being worked on already", {"Retry-After": "1"})
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *arguments, **named))
        finally:
            self._running -= 1

    def close(self) -> None:
        """Waiting work is dropped; running work ends at its own limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class ThreadPools:
    """`pages` for what pages read; `queries` for queries and profiles, which have a time limit; `long` for the rest."""

    pages: BoundedThreadPool = field(default_factory=lambda: BoundedThreadPool("page", 6, 60))
    queries: BoundedThreadPool = field(default_factory=lambda: BoundedThreadPool("query", 3, 12))
    long: BoundedThreadPool = field(default_factory=lambda: BoundedThreadPool("long", 2, 6))

    def close(self) -> None:
        for pool in (self.pages, self.queries, self.long):
            pool.close()
