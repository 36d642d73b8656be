"""Runs the streams: a producer thread for each, until a virtual time, a number of batches, or without end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Literal

from sbdk.core.errors import UsageError
from sbdk.core.events import Emit, silent
from sbdk.synth.batches import cores, keep_freed_memory
from sbdk.synth.dirt.defect_rates import Dirt
from sbdk.synth.dirt.source import Emitter
from sbdk.synth.dirt.stream import Stream
from sbdk.synth.streams.producer import BATCH, Pace, Producer, StreamProgress, Ticks
from sbdk.synth.streams.sink import Sink
from sbdk.synth.timeline import micros

_EPOCH = datetime(1970, 1, 1)
_JOIN_SECONDS = 0.2
_BEYOND = 36 * BATCH


@dataclass(frozen=True)
class StreamsResult:
    """positions: next position of each stream. emitted: records emitted by this run. until: virtual time reached."""

    positions: dict[str, int]
    emitted: dict[str, int]
    until: datetime
    seconds: float


def run_streams(
    emitter: Emitter,
    dirt: Dirt,
    sink: Sink,
    *,
    until: datetime | None = None,
    batches: int | None = None,
    clock: Literal["virtual", "real"] = "virtual",
    rate: float | None = None,
    interval: float = 30.0,
    batches_per_file: int = 12,
    tables: Sequence[str] | None = None,
    stop: Flag | None = None,
    threads: int | None = None,
    emit: Emit = silent,
) -> StreamsResult:
    """Emit the tables into `sink`, each from the sink's position on, and return when all have reached the end.

    until: virtual time at which all streams end. batches: number of batches of five virtual minutes after the furthest
    stream. Without both, until `stop` is set (real clock only). virtual clock: as fast as possible, in chunks of
    `batches_per_file` batches. real clock: a chunk per `interval` seconds, of a batch, or sized for `rate` records a
    second of all streams together. A table waits for those that it refers to; the others never wait for it.

    An error of a producer stops the others and is raised here; KeyboardInterrupt lets each finish its chunk.
    """
    stop = stop or Flag()
    streams = [Stream(emitter, table, dirt) for table in tables or emitter.tables]
    start = min(stream.source.start for stream in streams)
    per_batch = _per_batch(streams, start) if rate else 1.0
    pace = Pace.of(clock, rate=rate, interval=interval, batches_per_file=batches_per_file, per_batch=per_batch)
    if clock == "virtual" and until is None and batches is None:
        raise UsageError("the virtual clock needs an end: `until` a time, or a number of `batches`")
    if batches is not None and batches < 0:
        raise UsageError(f"batches: must not be below 0: {batches}")
    progress = StreamProgress(stop)
    began = time.perf_counter()
    if clock == "virtual":
        keep_freed_memory()
    with ThreadPoolExecutor(threads or cores(), thread_name_prefix="sbdk-stream") as pool:
        producers = [Producer(stream, sink, start, pace, pool, progress, emit) for stream in streams]
        before = {producer.name: sink.position(producer.name) for producer in producers}
        end = _end(producers, start, until, batches, pace)
        if end is not None:
            list(
                pool.map(lambda stream: stream.count(end + _BEYOND), streams)
            )  # builds the indexes once for the whole range
        _run(producers, emitter, Ticks(pace, stop), end, progress)
    sink.close()
    positions = {producer.name: sink.position(producer.name) for producer in producers}
    emitted = {name: positions[name] - before[name] for name in positions}
    reached = progress.least() if end is None else min(end, progress.least())
    return StreamsResult(positions, emitted, _EPOCH + timedelta(microseconds=reached), time.perf_counter() - began)


def _per_batch(streams: Sequence[Stream], start: int) -> float:
    """Records of all streams in a batch, measured on the first day."""
    return sum(stream.count(start + 288 * BATCH) for stream in streams) / 288


def _end(
    producers: Sequence[Producer], start: int, until: datetime | None, batches: int | None, pace: Pace
) -> int | None:
    if until is not None:
        return micros(until)
    if batches is None:
        return None
    return max(-(-(producer.reached - start) // BATCH) for producer in producers) * BATCH + start + batches * BATCH


def _run(
    producers: Sequence[Producer], emitter: Emitter, ticks: Ticks, end: int | None, progress: StreamProgress
) -> None:
    """Run each producer in a thread until all have ended; raise the first error."""
    names = {producer.name for producer in producers}
    first = min(producer.tick for producer in producers)
    errors: list[BaseException] = []

    def run(producer: Producer) -> None:
        parents = [key.parent for key in emitter.tables[producer.name].foreign_keys if key.parent in names]
        try:
            producer.run(ticks, first, parents, end)
        except BaseException as error:
            errors.append(error)
            progress.stop_all()

    running = [Thread(target=run, args=(p,), name=f"sbdk-{p.name}", daemon=True) for p in producers]
    for thread in running:
        thread.start()
    try:
        _join(running)
    except KeyboardInterrupt:
        progress.stop_all()
        _join(running)
        raise
    if errors:
        raise errors[0]


def _join(running: Sequence[Thread]) -> None:
    """Wait for all threads, in short intervals so that Ctrl-C is handled."""
    for thread in running:
        while thread.is_alive():
            thread.join(_JOIN_SECONDS)
