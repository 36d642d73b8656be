"""The log of events that concern the server's security (logger `sbdk.security`)."""

from __future__ import annotations

import logging

from starlette.types import Scope

from sbdk.server.webhooks.rate_limit import RateLimit

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
