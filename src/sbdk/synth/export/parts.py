"""Rows of a world in several files at once: each thread makes and writes a range of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from sbdk.core.events import Emit, Progress
from sbdk.synth.export.formats import Batches

Part = TypeVar("Part")
Result = TypeVar("Result")


class StoppedError(Exception):
    """Another part failed, so this one gave up."""


@dataclass
class TableProgress:
    """Rows done of one table, over all threads."""

    table: str
    total: int
    emit: Emit
    stage: str = "generate"
    done: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, rows: int) -> None:
        """Say so; one thread at a time. Raises StoppedError once `stop` is set."""
        if self.stop.is_set():
            raise StoppedError
        with self._lock:
            self.done += rows
            self.emit(Progress(self.stage, self.done, self.total, "rows", self.table))

    def watch(self, batches: Batches) -> Batches:
        """The same batches, each counted when the next one is asked for."""
        for batch in batches:
            yield batch
            self.add(batch.num_rows)


def split(start: int, stop: int, parts: int, unit: int) -> list[tuple[int, int]]:
    """start ≤ row < stop in at most `parts` ranges of about one size, multiples of `unit` rows but for the last."""
    units = -(-(stop - start) // unit)
    parts = max(1, min(parts, units))
    bounds = [start + units * i // parts * unit for i in range(parts)] + [stop]
    return list(pairwise(bounds))


def for_each(
    parts: Sequence[Part], work: Callable[[Part], Result], threads: int, stop: threading.Event
) -> list[Result]:
    """work(part) of all, at most `threads` at a time, in order. The first failure, or Ctrl-C, stops the others."""
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(min(threads, len(parts))) as pool:
        futures = [pool.submit(work, part) for part in parts]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failed = [future for future in done if future.exception()]
            return [future.result() for future in failed or futures]
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
