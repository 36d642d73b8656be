"""A limit of so many uses in a window of time, in bounded memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from sbdk.server.http.errors import HttpError


class RateLimit:
    """`times` in `seconds` for each key. Windows are fixed: they begin with a key's first use.

    At most `keys` windows are kept. Beyond that the least recently used one is dropped: a client with many addresses
    gets more uses, but no memory.
    """

    def __init__(
        self, times: int, seconds: float = 60.0, *, keys: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.times, self.seconds, self.keys = times, seconds, keys
        self._clock = clock
        self._windows: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def use(self, key: Hashable) -> float:
        """Count one use. 0, or the seconds until the key's next window when this one is used up."""
        now = self._clock()
        began, used = self._windows.pop(key, (now, 0))
        if now - began >= self.seconds:
            began, used = now, 0
        self._windows[key] = (began, min(used + 1, self.times + 1))
        if len(self._windows) > self.keys:
            self._windows.popitem(last=False)
        return 0.0 if used < self.times else began + self.seconds - now

    def enforce(self, key: Hashable) -> None:
        """Count one use. HttpError: 429 with Retry-After."""
        if wait := self.use(key):
            raise HttpError(
                429, "too_many_requests", "too often; see Retry-After", {"Retry-After": str(math.ceil(wait))}
            )

    def __len__(self) -> int:
        return len(self._windows)
