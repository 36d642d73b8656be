"""The server's metrics in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sbdk.server.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """A registry of its own: no metrics of the process's other libraries, and two servers do not share one."""

    def __init__(self, store: Store) -> None:
        self._registry = CollectorRegistry()
        deliveries = Counter(
            "sbdk_webhook_deliveries", "Signed deliveries by outcome.", ["outcome"], registry=self._registry
        )
        self._outcomes = {name: deliveries.labels(name) for name in ("accepted", "known", "ignored", "duplicate")}
        self._rejected = Counter("sbdk_refused", "Requests refused, by error code.", ["error"], registry=self._registry)
        buckets = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
        self.delivery_seconds = Histogram(
            "sbdk_webhook_seconds", "Seconds to a durable answer.", buckets=buckets, registry=self._registry
        )
        self._registry.register(_StoreCollector(store))

    def count_delivery(self, outcome: str) -> None:
        self._outcomes[outcome].inc()

    def count_error(self, code: str) -> None:
        self._rejected.labels(code).inc()

    def text(self) -> bytes:
        """Prometheus' text format. Reads the store: call it in a thread."""
        return generate_latest(self._registry)


class _StoreCollector(Collector):
    """Counts the rows of the store at each scrape."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        for table, counts in self._store.counts().items():
            family = GaugeMetricFamily(f"sbdk_stored_{table}", f"{table} in the server's state.", labels=["kind"])
            for kind, number in counts.items():
                family.add_metric([kind], number)
            yield family

    def describe(self) -> Iterable[Metric]:
        """Empty, so that registration does not read the store."""
        return []
