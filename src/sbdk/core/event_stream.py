"""Passes events to sinks of equal rank: one order for all, and a failing sink affects no other sink and no run.

A `Broadcast` is a sink that passes them on to any number of subscribers without waiting: the dashboard's pages.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import monotonic
from types import BuiltinMethodType, FunctionType, MethodType

from sbdk.core.events import RunEvent, Sink, Warned


class Fanout:
    """Passes events to every sink, one at a time and in the same order. Its `emit` is a Sink, from any thread.

    A sink may emit as well; its event follows the present one. A sink that raises is reported once, as a warning to all
    sinks, and still gets the later events.
    """

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self._sinks = list(sinks)
        self._failed: list[Sink] = []
        self._lock = threading.RLock()
        self._waiting: deque[RunEvent] = deque()
        self._delivering = False

    def attach(self, sink: Sink) -> None:
        """Add a sink: it gets all events from now on."""
        with self._lock:
            self._sinks.append(sink)

    def emit(self, event: RunEvent) -> None:
        """Returns when every sink has got the event; when a sink calls it, at once."""
        with self._lock:
            self._waiting.append(event)
            if not self._delivering:
                self._deliver()

    def _deliver(self) -> None:
        self._delivering = True
        try:
            while self._waiting:
                event = self._waiting.popleft()
                for sink in tuple(self._sinks):
                    self._pass(event, sink)
        finally:
            self._delivering = False

    def _pass(self, event: RunEvent, sink: Sink) -> None:
        try:
            sink(event)
        except Exception as error:
            if sink not in self._failed:
                self._failed.append(sink)
                self.emit(Warned("", f"{_name(sink)} failed on {event.kind}: {type(error).__name__}: {error}"))


class EventStream(Fanout):
    """The events of one run: adds the run's id and a sequence number, from 1, to each."""

    def __init__(self, run_id: str, sinks: Iterable[Sink] = ()) -> None:
        super().__init__(sinks)
        self.run_id = run_id
        self._sequence = 0

    def emit(self, event: RunEvent) -> None:
        with self._lock:
            self._sequence += 1
            super().emit(replace(event, run_id=self.run_id, sequence=self._sequence))


def _name(sink: Sink) -> str:
    """The name of a function, or the class of an object or of a method's object."""
    owner = sink.__self__ if isinstance(sink, MethodType | BuiltinMethodType) else sink
    return owner.__qualname__ if isinstance(owner, FunctionType | type) else type(owner).__qualname__


MOST_WAITING = 1_000


class Subscription:
    """The queue of one subscriber: at most `most` events that it has not taken yet. Thread-safe.

    When the queue is full, the oldest `progress` event is dropped, because newer ones replace it; without any, the
    oldest event. `dropped` counts them. A `with` block, or `close`, ends the subscription.
    """

    def __init__(self, broadcast: Broadcast, most: int) -> None:
        self._broadcast = broadcast
        self._most = most
        self._queue: deque[RunEvent] = deque()
        self._changed = threading.Condition()
        self.closed = False
        self.dropped = 0

    def put(self, event: RunEvent) -> None:
        """Called by the broadcast; never waits for the subscriber."""
        with self._changed:
            if self.closed:
                return
            if len(self._queue) >= self._most:
                self._drop_event()
            self._queue.append(event)
            self._changed.notify()

    def next(self, timeout: float | None = None) -> RunEvent | None:
        """Waits for the next event. None after `timeout` seconds without one, and when closed and empty."""
        end = None if timeout is None else monotonic() + timeout
        with self._changed:
            while not self._queue and not self.closed:
                left = None if end is None else end - monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
            return self._queue.popleft() if self._queue else None

    def __iter__(self) -> Iterator[RunEvent]:
        """Every event until the subscription is closed."""
        while (event := self.next()) is not None:
            yield event

    def close(self) -> None:
        """End the subscription; a waiting `next` returns."""
        self._broadcast.unsubscribe(self)
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drop_event(self) -> None:
        self.dropped += 1
        oldest = next((index for index, event in enumerate(self._queue) if event.kind == "progress"), 0)
        del self._queue[oldest]


class Broadcast:
    """Puts every event into all present subscriptions. Its `emit` is an `Emit`, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()

    def emit(self, event: RunEvent) -> None:
        """Returns at once, however slow the subscribers are."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self, most: int = MOST_WAITING) -> Subscription:
        """A subscription to all events from now on."""
        subscription = Subscription(self, most)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """No more events for this one."""
        with self._lock:
            self._subscriptions = tuple(each for each in self._subscriptions if each is not subscription)
