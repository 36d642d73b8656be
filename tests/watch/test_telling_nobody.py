"""Whoever edits is told on the screen, and nobody else: no alert and no usage report for each save."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from sbdk.core.events import RunEvent, RunFinished
from sbdk.observe.sinks import usage
from sbdk.watch import Watch
from support.shops import Shop
from support.slack_double import SlackDouble
from support.tiny_shop import FILES

MODEL = "dbt/models/apart.sql"


@pytest.fixture
def receiver() -> Iterator[SlackDouble]:
    double = SlackDouble()
    yield double
    double.close()


class Following:
    """A watch in a thread of this process; `results` are the runs that it finished."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._more, self._stop = shop, threading.Semaphore(0), threading.Event()
        self.results: list[str] = []
        self.watch = Watch(shop.path, emit=self._receive)
        self._thread = threading.Thread(target=self.watch.run, args=(self._stop,))

    def __enter__(self) -> Following:
        self._thread.start()
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def wait(self) -> str:
        assert self._more.acquire(timeout=60)
        until = time.monotonic() + 10
        while self.watch.state().status == "building" and time.monotonic() < until:  # whoever is told, is told now
            time.sleep(0.01)
        return self.results[-1]

    def save(self, text: str) -> str:
        self._shop.write(MODEL, text)
        return self.wait()

    def _receive(self, event: RunEvent) -> None:
        if isinstance(event, RunFinished):
            self.results.append(event.status)
            self._more.release()


def test_edits_are_not_told_and_a_run_that_was_asked_for_is(
    shop: Shop, receiver: SlackDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[bytes] = []
    monkeypatch.setattr(usage, "_detach", reports.append)
    monkeypatch.setenv("SBDK_ALERTS__URL", receiver.url)
    shop.configure(tracking={"enabled": True, "endpoint": receiver.url})
    with Following(shop) as following:
        assert len(reports) == 1  # of the first run, which is no edit
        assert following.save("select nonsense\n") == "failed"
        assert following.save(FILES[MODEL].replace("7", "8")) == "success"
        assert following.save("select nonsense\n") == "failed"
        assert receiver.received == []
        assert len(reports) == 1
        following.watch.request_run()
        assert following.wait() == "failed"
    (told,) = receiver.received
    assert "a run failed" in told["text"]
    assert len(reports) == 2
