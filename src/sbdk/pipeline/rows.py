"""What a file in `pipelines/` may ask of the run that it is part of: synthetic rows, and local files.

Both answers are noted, file by file, so that the next run can tell what is up to date without importing anything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sbdk.core.errors import SourceError
from sbdk.core.events import Emit
from sbdk.datasets.union import Datasets
from sbdk.load.stamps import matches
from sbdk.pipeline.options import Interval
from sbdk.spec.config import ProjectConfig

_active: Active | None = None


@dataclass
class Active:
    """The run in progress, as pipeline files see it.

    `functions`, `tables`, `patterns`, `streams`: what each file asked for. `listed`: by file and pattern, the landing
    files that were there when it asked. `written`: data sets whose streams have written up to the clock.
    """

    root: Path
    pipelines: Path
    world: Datasets
    clock: datetime
    interval: Interval | None
    parts: Path
    threads: int
    emit: Emit
    config: ProjectConfig
    run_id: str
    refreshed: frozenset[str] = frozenset()
    functions: dict[str, set[str]] = field(default_factory=dict)
    tables: dict[str, set[str]] = field(default_factory=dict)
    patterns: dict[str, set[str]] = field(default_factory=dict)
    streams: dict[str, set[str]] = field(default_factory=dict)
    listed: dict[str, dict[str, set[Path]]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def note(self, frame: Any) -> str | None:
        """Remember which function of which pipeline file asked; the file's name, or None outside `pipelines/`."""
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.parent == self.pipelines:
                self.functions.setdefault(path.name, set()).add(frame.f_code.co_name)
                return path.name
            frame = frame.f_back
        return None

    def wanted(self, table: str, state: dict[str, Any]) -> tuple[int, int]:
        """The rows to load: those of the interval, or those that came since the position in `state`."""
        if self.interval:
            stop = min(self.interval.stop, self.clock)
            rows = self.world.tables[table]
            return rows.count(min(self.interval.start, stop)), rows.count(stop)
        return int(state.get("rows", 0)), self.world.tables[table].count(self.clock)

    def rows(self, table: str) -> Iterator[Any]:
        """Parquet files of the rows that are wanted, made on several threads, for dlt to import."""
        import dlt
        import pyarrow.parquet as pq

        from sbdk.load import parquet_item
        from sbdk.synth.export import write_parts

        state = dlt.current.resource_state()
        fingerprint = self.world.tables[table].fingerprint
        if state and state.get("world") != fingerprint and table not in self.refreshed:
            raise SourceError(f"{table} was made by another seed, volume or range", hint="sbdk dev --full-refresh")
        start, stop = self.wanted(table, state)
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


@contextmanager
def activate(active: Active) -> Iterator[Active]:
    """Make `active` the run that `rows` and `local_files` speak to; one at a time in a process."""
    global _active
    _active = active
    try:
        yield active
    finally:
        _active = None


def rows(table: str) -> Iterator[Any]:
    """The rows of a synthetic table that the project's warehouse does not hold yet; to be yielded from a dlt resource.

    In a run the items are Parquet files for dlt to import; outside of one (a notebook, `python pipelines/users.py`)
    they are Arrow batches of the whole table at its anchor, from the project around the current folder.
    """
    if _active is not None:
        name = _active.note(sys._getframe(1))
        if name:
            _active.tables.setdefault(name, set()).add(table)
        return _active.rows(table)
    from sbdk.pipeline.project import Project

    return Project(Path.cwd()).world().tables[table].batches()


def local_files(pattern: str) -> list[Path]:
    """Files that match `pattern` (relative to the project), by name. While they stay the same, runs skip the pipeline.

    Raises SourceError when none matches.
    """
    root = _active.root if _active else Path.cwd()
    found = matches(pattern, root)
    if not found:
        raise SourceError(f"no file matches {pattern!r} in {root}")
    name = _active.note(sys._getframe(1)) if _active else None
    if _active and name:
        _active.patterns.setdefault(name, set()).add(pattern)
    return found
