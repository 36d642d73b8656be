"""The functions for files in `pipelines/`: `rows`, synthetic rows, and `local_files`; and the context that they use.

A context variable, set while dlt evaluates a resource, holds the run and the resource. So both are known in any module,
behind any decorator and in all of dlt's threads. What each file uses is recorded, so that the next run can decide what
is up to date without importing anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sbdk.core.errors import SourceError
from sbdk.core.events import Emit
from sbdk.datasets.union import Datasets
from sbdk.load.fingerprints import matches
from sbdk.spec.config import ProjectConfig


@dataclass(frozen=True)
class SourceUse:
    """What the pipeline files of a run have used, by the name of the file.

    `resources`: which of them used anything. `listed`: by pattern, the landing files that existed at that time.
    """

    resources: dict[str, set[str]] = field(default_factory=dict)
    tables: dict[str, set[str]] = field(default_factory=dict)
    patterns: dict[str, set[str]] = field(default_factory=dict)
    streams: dict[str, set[str]] = field(default_factory=dict)
    listed: dict[str, dict[str, set[Path]]] = field(default_factory=dict)


@dataclass(frozen=True)
class StreamWrites:
    """The data sets whose streams have written up to the clock in this run; `lock` for one writer at a time."""

    lock: Lock = field(default_factory=Lock)
    written: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class SourceContext:
    """The run in progress, for one resource of one pipeline file.

    interval: half-open, naive UTC. refreshed: tables whose settings changed, generated again from the first row.
    file, resource: the name of the pipeline file and `source.resource`; empty where they are not known.
    """

    root: Path
    world: Datasets
    clock: datetime
    interval: tuple[datetime, datetime] | None
    parts: Path
    threads: int
    emit: Emit
    config: ProjectConfig
    run_id: str
    refreshed: frozenset[str] = frozenset()
    used: SourceUse = field(default_factory=SourceUse)
    streams: StreamWrites = field(default_factory=StreamWrites)
    file: str = ""
    resource: str = ""

    @contextmanager
    def for_resource(self, file: str, resource: str) -> Iterator[None]:
        """Within: what is used is recorded for this resource."""
        token = _CURRENT.set(replace(self, file=file, resource=resource))
        try:
            yield
        finally:
            _CURRENT.reset(token)

    def record_use(self, by_file: dict[str, set[str]], item: str) -> None:
        """Record that the file of this context used `item`, in one of the maps of `used`."""
        if self.file:
            self.used.resources.setdefault(self.file, set()).add(self.resource)
            by_file.setdefault(self.file, set()).add(item)

    def rows_to_load(self, table: str, state: dict[str, Any]) -> tuple[int, int]:
        """The rows to load: those of the interval, or those after the position in `state`."""
        if self.interval:
            start, stop = self.interval
            stop = min(stop, self.clock)
            rows = self.world.tables[table]
            return rows.count(min(start, stop)), rows.count(stop)
        return int(state.get("rows", 0)), self.world.tables[table].count(self.clock)

    def rows(self, table: str) -> Iterator[Any]:
        """Parquet files of the rows to load, written on several threads, for dlt to import."""
        import dlt
        import pyarrow.parquet as pq

        from sbdk.export import write_parts
        from sbdk.load import parquet_item

        caller = current_context() or self  # a generator created at import runs in the context of its resource
        caller.record_use(self.used.tables, table)
        state = dlt.current.resource_state()
        fingerprint = self.world.tables[table].fingerprint
        if state and state.get("world") != fingerprint and table not in self.refreshed:
            raise SourceError(
                f"{table} was generated with another seed, volume or range", hint="sbdk dev --full-refresh"
            )
        start, stop = self.rows_to_load(table, state)
        first = not state
        if start < stop or first:
            (self.parts / table).mkdir(parents=True, exist_ok=True)
            parts = write_parts(
                self.world,
                table,
                start,
                stop,
                self.parts / table,
                clock=self.clock,
                threads=self.threads,
                emit=self.emit,
            )
            for part in parts:
                yield parquet_item(part, pq.read_metadata(part).num_rows, self.world.tables[table].schema)
        if not self.interval:
            state.update(world=fingerprint, rows=stop)


_CURRENT: ContextVar[SourceContext | None] = ContextVar("sbdk_source_context", default=None)
_RUNNING: list[SourceContext] = []
"""The runs whose sources are running: for threads that a pipeline started itself, which have no context."""


@contextmanager
def activate(context: SourceContext) -> Iterator[SourceContext]:
    """Within: `rows`, `local_files` and `landed` use `context`, in this thread and those of dlt's."""
    token = _CURRENT.set(context)
    _RUNNING.append(context)
    try:
        yield context
    finally:
        _RUNNING.remove(context)
        _CURRENT.reset(token)


def current_context() -> SourceContext | None:
    """The context of the calling thread; None outside of a run.

    UsageError in a thread that a pipeline started itself while several runs are in progress in this process.
    """
    context = _CURRENT.get()
    if context is not None or not _RUNNING:
        return context
    if len(_RUNNING) > 1:
        from sbdk.load.session import ambiguous_thread

        raise ambiguous_thread()
    return _RUNNING[0]


def rows(table: str) -> Iterator[Any]:
    """The rows of a synthetic table that are not in the warehouse yet; to be yielded from a dlt resource.

    In a run the items are Parquet files for dlt to import; outside of one (a notebook, `python pipelines/users.py`)
    they are Arrow batches of the whole table at its anchor, from the project around the current folder.
    """
    context = current_context()
    if context is not None:
        context.record_use(context.used.tables, table)
        return context.rows(table)
    from sbdk.run.project_context import open_context

    return open_context(Path.cwd()).world().batches(table)


def local_files(pattern: str) -> list[Path]:
    """Files that match `pattern` (relative to the project), by name. While they stay the same, runs skip the pipeline.

    Raises SourceError when none matches.
    """
    context = current_context()
    root = context.root if context else Path.cwd()
    found = matches(pattern, root)
    if not found:
        raise SourceError(f"no file matches {pattern!r} in {root}")
    if context:
        context.record_use(context.used.patterns, pattern)
    return found
