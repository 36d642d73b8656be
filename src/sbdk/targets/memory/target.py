"""The in-memory target: its published generations, and the build of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from sbdk.core.errors import Terminal, UnknownName, UsageError
from sbdk.core.events import Emit, silent
from sbdk.core.sql import quoted
from sbdk.state.builds import KEEP, PublishedBuild
from sbdk.state.layout import FOLDER, StateDir
from sbdk.state.record import BuildContents, BuildRecord, FailedBuild, RecordDraft
from sbdk.state.record_parts import Artifact
from sbdk.targets.base import Build, Capabilities, Problem, QueryFunction, TableInfo
from sbdk.targets.changes import Diff
from sbdk.targets.duckdb import metadata
from sbdk.targets.duckdb.connection import DuckDBConnection
from sbdk.targets.duckdb.copy_tables import copy_tables
from sbdk.targets.duckdb.diff import compare_catalogues
from sbdk.targets.duckdb.query import fetch_result, one_statement
from sbdk.targets.duckdb.readonly import IN_UTC
from sbdk.targets.memory.sessions import MemoryBuild, MemoryReader, check_views
from sbdk.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

_CONFIG = {"enable_external_access": "false", "python_enable_replacements": "false"}


@dataclass
class _Generation:
    """A published build. `sequence`: its place in the order of publication, from 1."""

    catalogue: str
    record: BuildRecord
    sequence: int


class MemoryTarget:
    """Implements `Target`. `state`: the project's `.sbdk` folder, for paths only."""

    capabilities = Capabilities(dialect="duckdb", publish="snapshot", other_processes=False)

    def __init__(self, state: Path = Path(FOLDER), *, emit: Emit = silent) -> None:
        self.state = StateDir(state)
        self._emit = emit
        self._instance = duckdb.connect(":memory:", config=_CONFIG)
        self._instance.execute(IN_UTC)
        self._catalogues = 0
        self._kept: dict[str, _Generation] = {}
        self._current: str | None = None
        self._build: MemoryBuild | None = None
        self._failed: FailedBuild | None = None

    # ---- what is published

    def exists(self) -> bool:
        return self._current is not None

    def current(self) -> PublishedBuild | None:
        return self._published(self._kept[self._current]) if self._current else None

    def verify(self) -> PublishedBuild | None:
        return self.current()

    def builds(self) -> list[PublishedBuild]:
        kept = sorted(self._kept.values(), key=lambda generation: generation.sequence)
        return [self._published(generation) for generation in kept]

    def stamp(self) -> tuple[object, ...]:
        return tuple((run_id, generation.sequence) for run_id, generation in self._kept.items())

    def diagnose(self) -> list[Problem]:
        return []

    def diff(
        self,
        before: PublishedBuild,
        after: PublishedBuild,
        keys: Mapping[str, tuple[str, ...]] | None = None,
        *,
        max_seconds: float | None = None,
    ) -> Diff:
        if before.run_id == after.run_id:
            raise UsageError(f"{before.run_id} cannot be compared with itself")
        old, new = self._generation(before.run_id), self._generation(after.run_id)
        with DuckDBConnection(self._instance.cursor()) as connection, connection.time_limit(max_seconds):
            tables = compare_catalogues(connection, keys, old.catalogue, new.catalogue)
        return Diff(before.run_id, after.run_id, tables)

    # ---- reading

    def reader(self) -> DuckDBConnection:
        if self._current is None:
            raise UsageError("nothing was published yet")
        return MemoryReader(self._instance, self._copy_of(self._kept[self._current].catalogue))

    @contextmanager
    def sandbox(self, *, max_seconds: float | None = None) -> Iterator[DuckDBConnection]:
        with self.reader() as connection, connection.time_limit(max_seconds):
            yield connection

    def query(self, sql: str, *, max_seconds: float | None = None, max_rows: int | None = None) -> pa.Table:
        statement = one_statement(sql)
        with self.reader() as connection:
            return fetch_result(connection, statement, max_seconds, max_rows)

    @contextmanager
    def queries(self, *, max_seconds: float | None = None) -> Iterator[QueryFunction]:
        with self.reader() as connection:
            yield lambda sql, max_rows: fetch_result(connection, one_statement(sql), max_seconds, max_rows)

    # ---- a run

    def begin(self, run_id: str, *, empty: bool = False) -> Build:
        self.clear_build()
        current = self._kept[self._current] if self._current and not empty else None
        catalogue = self._copy_of(current.catalogue if current else None)
        parent = current.record.run_id if current else None
        self._build = MemoryBuild(self.state.build, run_id, parent, self._instance, catalogue)
        return self._build

    def publish(self, build: Build, run_id: str, contents: BuildContents) -> PublishedBuild:
        if not isinstance(build, MemoryBuild) or build is not self._build:
            raise Terminal(f"the build of run {build.run_id} was removed by a later one")
        if run_id in self._kept:
            raise Terminal(f"run {run_id} has been published already")
        if build.sessions:
            raise Terminal("the build is still open in this process and cannot be published")
        with build.connect() as connection:
            check_views(connection)
            metadata.stamp(connection.raw, run_id)
            clock = metadata.read_clock(connection.raw)
        self._kept[run_id] = _Generation(build.catalogue, _record(run_id, clock, self._current, contents), 0)
        self._build = self._failed = None
        return self._go_live(run_id)

    def keep_failed(self, build: Build, run_id: str, stage: str, draft: RecordDraft) -> None:
        kept = FailedBuild(begun_by=build.run_id, parent=build.parent, run_id=run_id, stage=stage, draft=draft)
        self._failed = kept if build is self._build else None

    def failed(self) -> tuple[Build, FailedBuild] | None:
        if self._build is None or self._failed is None or self._build.parent != self._current:
            return None
        return self._build, self._failed

    def resume(self, build: Build) -> Build:
        self._failed = None
        return build

    def copy_tables(self, build: Build, wanted: Callable[[TableInfo], bool]) -> list[tuple[str, str]]:
        assert isinstance(build, MemoryBuild)
        if self._current is None:
            return []
        with build.connect() as connection:
            return copy_tables(connection.raw, self._kept[self._current].catalogue, build.catalogue, wanted)

    def clear_build(self) -> None:
        if self._build is not None:
            for session in list(self._build.sessions):
                session.close()
            self._instance.execute(f"DETACH DATABASE IF EXISTS {quoted(self._build.catalogue)}")
        self._build = self._failed = None

    def dbt_profile(self) -> dict[str, str]:
        raise Terminal("dbt runs in another process, which a build in memory is not seen by")

    # ---- rollback

    def rollback_target(self, run_id: str | None = None) -> PublishedBuild:
        if run_id is not None:
            return self._published(self._generation(run_id))
        current = self.current()
        if current is None:
            raise UsageError("no build was kept to go back to", hint="`sbdk dev --full-refresh` makes a new one")
        earlier = {build.run_id: build for build in self.builds() if build.run_id < current.run_id}
        if not earlier:
            raise UsageError("there is no earlier build to go back to")
        return earlier.get(current.record.parent or "") or earlier[max(earlier)]

    def rollback(self, run_id: str | None = None) -> PublishedBuild:
        chosen = self.rollback_target(run_id)
        self.clear_build()
        return self._go_live(chosen.run_id)

    def working_copy(self, folder: Path) -> Path:
        raise Terminal("a target in memory has no file to copy")

    # ---- inside

    def _copy_of(self, catalogue: str | None) -> str:
        """A new catalogue with all that is in `catalogue`; an empty one of None."""
        self._catalogues += 1
        name = f"build_{self._catalogues}"
        self._instance.execute(f"ATTACH ':memory:' AS {name}")
        if catalogue is not None:
            self._instance.execute(f"COPY FROM DATABASE {quoted(catalogue)} TO {name}")
        return name

    def _go_live(self, run_id: str) -> PublishedBuild:
        latest = max(generation.sequence for generation in self._kept.values())
        self._kept[run_id].sequence = latest + 1
        self._current = run_id
        others = [build.run_id for build in self.builds() if not build.current]
        for surplus in others[: max(len(self._kept) - KEEP, 0)]:
            self._instance.execute(f"DETACH {quoted(self._kept.pop(surplus).catalogue)}")
        return self._published(self._kept[run_id])

    def _generation(self, run_id: str) -> _Generation:
        if run_id not in self._kept:
            raise UnknownName(f"no build {run_id!r} was kept", hint=f"kept: {', '.join(self._kept) or 'none'}")
        return self._kept[run_id]

    def _published(self, generation: _Generation) -> PublishedBuild:
        record = generation.record
        return PublishedBuild(Path(), record, generation.sequence, record.run_id == self._current)


def _record(run_id: str, clock: datetime | None, parent: str | None, contents: BuildContents) -> BuildRecord:
    return BuildRecord(
        run_id=run_id,
        parent=parent,
        made_at=datetime.now(UTC).replace(microsecond=0),
        artifact=Artifact("", "", 0, engine=duckdb.__version__, storage="memory"),
        clock=clock,
        sbdk=__version__,
        **contents.contents(),
    )
