"""The objects that the routes share: rate limits, the log `sbdk.security` and more.

Each application has its own, in `app.state.services`.
"""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.types import Scope

from sbdk.server.http.errors import HttpError
from sbdk.server.store import Store
from sbdk.server.webhooks.metrics import Metrics
from sbdk.server.webhooks.settings import ServerSettings


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


LINES_A_MINUTE = 60

_log = logging.getLogger("sbdk.security")


class SecurityLog:
    """One line per event, at most LINES_A_MINUTE of a kind: rejected requests do not fill a disk."""

    def __init__(self) -> None:
        self._rate = RateLimit(LINES_A_MINUTE, keys=100)

    def warn(self, event: str, scope: Scope, **facts: str | int) -> None:
        """`facts` are values that the server has checked, never the text of an unknown sender."""
        if self._rate.use(event):
            return
        client = (scope.get("client") or ("-",))[0]
        request = scope.get("state", {}).get("request_id", "-")
        more = "".join(f" {name}={value}" for name, value in facts.items())
        _log.warning("%s client=%s request_id=%s%s", event, client, request, more)


@dataclass(frozen=True)
class Services:
    """Rate limits are per minute: of tokens and signatures that are wrong, by client address; of registrations, by
    client address; of reports, by project."""

    settings: ServerSettings
    store: Store
    metrics: Metrics
    security_log: SecurityLog
    bad_tokens: RateLimit
    bad_signatures: RateLimit
    registrations: RateLimit
    reports: RateLimit


def create_services(settings: ServerSettings, store: Store) -> Services:
    return Services(
        settings,
        store,
        Metrics(store),
        SecurityLog(),
        bad_tokens=RateLimit(settings.bad_tokens_a_minute),
        bad_signatures=RateLimit(settings.bad_signatures_a_minute),
        registrations=RateLimit(settings.registrations_a_minute),
        reports=RateLimit(settings.reports_a_minute),
    )


def services_of(request: Request) -> Services:
    """Of the application that serves the request; a plain call costs a busy route less than a dependency."""
    return cast(Services, request.app.state.services)


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]
