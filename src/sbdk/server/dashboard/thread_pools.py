"""A bounded number of threads for what may take long: no page and no event stream waits behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from sbdk.server.http.errors import HttpError

T = TypeVar("T")


class Workers:
    """`places` threads; `waiting` more may queue up, the next one is refused with 429."""

    def __init__(self, name: str, places: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(places, thread_name_prefix=f"dashboard-{name}")
        self._most = places + waiting
        self._present = 0

    async def do(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """What `work` returns or raises. It is not stopped when the browser leaves: it has a limit of its own."""
        if self._present >= self._most:
            raise HttpError(429, "busy", "too much is being worked out already", {"Retry-After": "1"})
        self._present += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *arguments, **named))
        finally:
            self._present -= 1

    def close(self) -> None:
        """Waiting work is dropped; what runs ends at its own limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)
