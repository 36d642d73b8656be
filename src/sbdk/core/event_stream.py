"""Passes events to sinks of equal rank: one order for all, and a failing sink affects no other sink and no run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
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
