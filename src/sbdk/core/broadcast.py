"""One emitter, any number of listeners, none of which can hold it up: how a run reaches the dashboard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from time import monotonic

from sbdk.core.events import RunEvent

MOST_WAITING = 1_000


class Subscription:
    """What one listener has not taken yet, at most `most` events. Safe between threads.

    When it is full, the oldest `progress` goes, for a newer one says more; without any, the oldest event. `dropped`
    counts them. A `with` block, or `close`, ends the subscription.
    """

    def __init__(self, broadcast: Broadcast, most: int) -> None:
        self._broadcast = broadcast
        self._most = most
        self._waiting: deque[RunEvent] = deque()
        self._changed = threading.Condition()
        self.closed = False
        self.dropped = 0

    def put(self, event: RunEvent) -> None:
        """Called by the broadcast; never waits for the listener."""
        with self._changed:
            if self.closed:
                return
            if len(self._waiting) >= self._most:
                self._drop_one()
            self._waiting.append(event)
            self._changed.notify()

    def next(self, timeout: float | None = None) -> RunEvent | None:
        """The next event, waited for; None after `timeout` seconds without one, and once closed and empty."""
        end = None if timeout is None else monotonic() + timeout
        with self._changed:
            while not self._waiting and not self.closed:
                left = None if end is None else end - monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
            return self._waiting.popleft() if self._waiting else None

    def __iter__(self) -> Iterator[RunEvent]:
        """Every event until the subscription is closed."""
        while (event := self.next()) is not None:
            yield event

    def close(self) -> None:
        """End it; whoever waits wakes up."""
        self._broadcast.leave(self)
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drop_one(self) -> None:
        self.dropped += 1
        oldest = next((place for place, event in enumerate(self._waiting) if event.kind == "progress"), 0)
        del self._waiting[oldest]


class Broadcast:
    """Hands every event to all present subscriptions. Its `emit` is an `Emit`, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()

    def emit(self, event: RunEvent) -> None:
        """Returns at once, however slow the listeners are."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self, most: int = MOST_WAITING) -> Subscription:
        """All events from now on."""
        subscription = Subscription(self, most)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """No more events for this one."""
        with self._lock:
            self._subscriptions = tuple(other for other in self._subscriptions if other is not subscription)
