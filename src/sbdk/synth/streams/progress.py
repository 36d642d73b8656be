"""How far each stream has come, so that sales wait for the dimensions they refer to."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Condition, Event


class Reached:
    """Virtual times (microseconds) up to which each stream's records are in the sink."""

    def __init__(self, stop: Event) -> None:
        self._reached: dict[str, int] = {}
        self._changed = Condition()
        self._stop = stop

    def reached(self, stream: str, time: int) -> None:
        """Everything of the stream before `time` is there."""
        with self._changed:
            self._reached[stream] = time
            self._changed.notify_all()

    def wait_for(self, streams: Sequence[str], time: int) -> bool:
        """Wait until all of them have reached `time`; False when asked to stop."""
        with self._changed:
            while not self._stop.is_set():
                if all(self._reached.get(stream, 0) >= time for stream in streams):
                    return True
                self._changed.wait(0.2)
        return False

    def give_up(self) -> None:
        """Ask everybody to stop."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def least(self) -> int:
        """What all streams have reached."""
        return min(self._reached.values())
