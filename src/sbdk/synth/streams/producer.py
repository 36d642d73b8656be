"""A producer thread for each stream: emits it tick by tick, in its pace, and waits for those that it refers to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition
from threading import Event as Flag
from typing import Any

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit, Progress
from sbdk.synth.dirt.stream import Chunk, Stream
from sbdk.synth.streams.sink import Sink

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

    def __init__(self, pace: Pace, stop: Flag) -> None:
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


class StreamProgress:
    """Virtual times (microseconds) up to which each stream's records are in the sink."""

    def __init__(self, stop: Flag) -> None:
        self._reached: dict[str, int] = {}
        self._changed = Condition()
        self._stop = stop

    def reached(self, stream: str, time: int) -> None:
        """Record that everything of the stream before `time` is in the sink."""
        with self._changed:
            self._reached[stream] = time
            self._changed.notify_all()

    def wait_for(self, streams: Sequence[str], time: int) -> bool:
        """Wait until all of them have reached `time`; False once `stop` is set."""
        with self._changed:
            while not self._stop.is_set():
                if all(self._reached.get(stream, 0) >= time for stream in streams):
                    return True
                self._changed.wait(0.2)
        return False

    def stop_all(self) -> None:
        """Stop all producers."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def least(self) -> int:
        """The virtual time that all streams have reached."""
        return min(self._reached.values())


_AHEAD = 6
"""Chunks of a stream in preparation at a time, with the virtual clock."""


class Producer:
    """Emits a stream tick by tick: tick i ends at the virtual time start + (i + 1) × step.

    tick: the first that has something new. reached: the virtual time before which everything is in the sink.
    """

    def __init__(
        self, stream: Stream, sink: Sink, start: int, pace: Pace, pool: Executor, progress: StreamProgress, emit: Emit
    ) -> None:
        self.name = stream.name
        self._stream, self._sink, self._start, self._pace = stream, sink, start, pace
        self._pool, self._progress, self._emit = pool, progress, emit
        self._position = sink.position(stream.name)
        self.reached = stream.deliveries.time_of(self._position - 1) if self._position else start
        self.tick = (self.reached - start) // pace.step
        progress.reached(self.name, self.reached)

    def run(self, ticks: Ticks, first: int, parents: Sequence[str], end: int | None) -> None:
        """Emit until `end` (virtual, microseconds), or until stopped. first: the tick that is due now."""
        chunks = self._chunks(end)
        for tick, (until, made) in enumerate(chunks, self.tick):
            if not ticks.wait_for(tick - first) or not self._progress.wait_for(parents, until):
                break
            chunk, encoded = made.result()
            if chunk.stop > chunk.start:
                self._sink.write(chunk, encoded)
            self._progress.reached(self.name, until)
            self._emit(self._emitted(chunk, until))
        chunks.close()

    def _emitted(self, chunk: Chunk, until: int) -> Progress:
        reached = datetime.fromtimestamp(until / 1e6, UTC)
        return Progress("stream", chunk.stop, unit="records", item=self.name, reached=reached)

    def _chunks(self, end: int | None) -> Generator[tuple[int, Future[tuple[Chunk, Any]]], None, None]:
        """The end of each tick, and the future of its chunk; some are made ahead."""
        pending: deque[tuple[int, Future[tuple[Chunk, Any]]]] = deque()
        ahead = _AHEAD if self._pace.seconds == 0 else 1
        try:
            for low, high in self._edges(end):
                pending.append((high, self._pool.submit(self._make, low, high)))
                if len(pending) >= ahead:
                    yield pending.popleft()
            yield from pending
        finally:
            for _, future in pending:
                future.cancel()

    def _edges(self, end: int | None) -> Iterator[tuple[int, int]]:
        """Start and end of each tick in virtual time, from what the sink has reached."""
        low, tick = self.reached, self.tick
        while end is None or low < end:
            high = self._start + (tick + 1) * self._pace.step
            high = high if end is None else min(high, end)
            yield low, high
            low, tick = high, tick + 1

    def _make(self, low: int, high: int) -> tuple[Chunk, Any]:
        """The records emitted at low ≤ time < high that are not in the sink yet."""
        chunk = self._stream.between(low, high)
        if chunk.start < self._position:
            chunk = Chunk(self._stream, chunk.span.cut(min(self._position, chunk.stop), chunk.stop))
        return chunk, self._sink.encode(chunk)
