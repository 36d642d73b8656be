"""What the server tells of itself: figures for Prometheus, and a log of what bears on its security."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from sbdk.server.store import State
from sbdk.server.webhooks.rate_limit import Rate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LINES_A_MINUTE = 60

_log = logging.getLogger("sbdk.security")


class Metrics:
    """A registry of its own: nothing of the process's other libraries is in it, and two servers do not meet."""

    def __init__(self, state: State) -> None:
        self._registry = CollectorRegistry()
        deliveries = Counter(
            "sbdk_webhook_deliveries", "Signed deliveries by outcome.", ["outcome"], registry=self._registry
        )
        self._outcomes = {name: deliveries.labels(name) for name in ("accepted", "known", "ignored", "duplicate")}
        self._refused = Counter("sbdk_refused", "Requests refused, by error code.", ["error"], registry=self._registry)
        buckets = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
        self.seconds = Histogram(
            "sbdk_webhook_seconds", "Seconds to a durable answer.", buckets=buckets, registry=self._registry
        )
        self._registry.register(_Stored(state))

    def delivered(self, outcome: str) -> None:
        self._outcomes[outcome].inc()

    def refused(self, code: str) -> None:
        self._refused.labels(code).inc()

    def text(self) -> bytes:
        """Prometheus' text format. Reads the state: call it in a thread."""
        return generate_latest(self._registry)


class _Stored(Collector):
    """What the state holds, counted when it is asked for."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        for what, counts in self._state.counts().items():
            family = GaugeMetricFamily(f"sbdk_stored_{what}", f"{what} in the server's state.", labels=["kind"])
            for kind, number in counts.items():
                family.add_metric([kind], number)
            yield family

    def describe(self) -> Iterable[Metric]:
        """Nothing: asking the state at registration is too early."""
        return []


class SecurityLog:
    """One line for each happening, at most so many of a kind in a minute: whoever is refused does not fill a disk."""

    def __init__(self) -> None:
        self._rate = Rate(LINES_A_MINUTE, keys=100)

    def note(self, event: str, scope: Scope, **facts: Any) -> None:
        """`facts` are values that we have checked, never what an unknown sender wrote."""
        if self._rate.wait(event):
            return
        client = (scope.get("client") or ("-",))[0]
        request = scope.get("state", {}).get("request_id", "-")
        more = "".join(f" {name}={value}" for name, value in facts.items())
        _log.warning("%s client=%s request_id=%s%s", event, client, request, more)
