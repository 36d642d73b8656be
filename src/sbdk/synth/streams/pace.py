"""The pace of emission: at once (virtual clock), or in step with the real clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event

from sbdk.core.errors import UsageError

BATCH = 300_000_000
"""Five virtual minutes, in microseconds."""


@dataclass(frozen=True)
class Pace:
    """step: virtual time of a tick (microseconds). seconds: real time of a tick; 0: none."""

    step: int
    seconds: float

    @classmethod
    def of(cls, clock: str, *, rate: float | None, interval: float, batches_per_file: int, per_batch: float) -> Pace:
        """virtual: whole batches, at once. real: a batch per interval, or `rate` records of all streams a second.

        per_batch: records that all streams emit in a batch, on average.
        """
        if clock not in ("virtual", "real"):
            raise UsageError(f"clock: {clock!r} is neither virtual nor real")
        if clock == "virtual":
            return cls(BATCH * batches_per_file, 0.0)
        if rate is None:
            return cls(BATCH, interval)
        if rate <= 0:
            raise UsageError(f"rate: must be above 0, not {rate!r}")
        seconds = min(interval, 1.0)
        return cls(max(1, round(rate * seconds / max(per_batch, 1e-9) * BATCH)), seconds)


class Ticks:
    """The real clock's ticks since the beginning, shared by all producers."""

    def __init__(self, pace: Pace, stop: Event) -> None:
        self._pace, self._stop, self._began = pace, stop, time.monotonic()

    def wait_for(self, tick: int) -> bool:
        """Wait until this tick (from 0) is due; False once `stop` is set."""
        due = self._began + tick * self._pace.seconds
        while not self._stop.is_set():
            left = due - time.monotonic() if self._pace.seconds else 0.0
            if left <= 0:
                return True
            self._stop.wait(left)
        return False
