"""The target DuckDB: the published file, the build a run works in, and the builds that were kept.

Everything that changes something expects the caller to hold the ProjectLock. Reading needs no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import SbdkError
from sbdk.core.events import Emit, silent
from sbdk.core.files import remove_tree
from sbdk.state import builds as retention
from sbdk.state.builds import (
    PublishedBuild,
    begin_rollback,
    end_rollback,
    mark_published,
    published_build,
    published_name,
)
from sbdk.state.record import BuildContents, RecordDraft
from sbdk.state.workers import end_orphans
from sbdk.targets.base import Build, Capabilities, Problem, QueryFunction, TableInfo
from sbdk.targets.changes import Diff
from sbdk.targets.duckdb import rollback
from sbdk.targets.duckdb.build import FAILED, DuckDBBuild, dbt_profile, write_failed
from sbdk.targets.duckdb.connection import DuckDBConnection
from sbdk.targets.duckdb.copy import copy_and_hash
from sbdk.targets.duckdb.copy_tables import copy_tables
from sbdk.targets.duckdb.diagnose import diagnose_target
from sbdk.targets.duckdb.diff import diff
from sbdk.targets.duckdb.errors import check_publish_path, translate_errors
from sbdk.targets.duckdb.outside_files import NO_FILES, OutsideFiles
from sbdk.targets.duckdb.publish import check_views, go_live, keep_copy, seal
from sbdk.targets.duckdb.query import open_queries, run_query, sandboxed
from sbdk.targets.duckdb.readonly import attach, open_readonly
from sbdk.targets.duckdb.store import BuildStore
from sbdk.targets.duckdb.strays import keep_copy_aside, move_stray_wal

if TYPE_CHECKING:
    import pyarrow as pa

_SOURCE = "sbdk_published"  # of the attached published file, while tables are copied from it
CAPABILITIES = Capabilities(dialect="duckdb", publish="rename")


class DuckDBTarget(BuildStore):
    """Implements `Target`. `published`: the database file readers open. `state`: the project's `.sbdk` folder."""

    capabilities = CAPABILITIES

    def __init__(self, published: Path, state: Path, *, emit: Emit = silent, files: OutsideFiles = NO_FILES) -> None:
        super().__init__(published, state, files)
        self._emit = emit

    # ---- reading

    def reader(self) -> DuckDBConnection:
        with self._recovery():
            connection = DuckDBConnection(open_readonly(self.published))
            connection.search_all()
            self.files.search(connection.raw)
            return connection

    @contextmanager
    def sandbox(self, *, max_seconds: float | None = None) -> Iterator[DuckDBConnection]:
        with (
            self._recovery(),
            sandboxed(self.published, max_seconds=max_seconds, files=self.files) as connection,
        ):
            yield connection

    def query(self, sql: str, *, max_seconds: float | None = None, max_rows: int | None = None) -> pa.Table:
        with self._recovery():
            return run_query(self.published, sql, max_seconds=max_seconds, max_rows=max_rows, files=self.files)

    @contextmanager
    def queries(self, *, max_seconds: float | None = None) -> Iterator[QueryFunction]:
        with self._recovery(), open_queries(self.published, max_seconds=max_seconds, files=self.files) as query:
            yield query

    def diagnose(self) -> list[Problem]:
        return diagnose_target(self)

    def diff(
        self,
        before: PublishedBuild,
        after: PublishedBuild,
        keys: Mapping[str, tuple[str, ...]] | None = None,
        *,
        max_seconds: float | None = None,
    ) -> Diff:
        return diff(before, after, keys, max_seconds=max_seconds)

    # ---- a run

    def begin(self, run_id: str, *, empty: bool = False) -> DuckDBBuild:
        """A new build: a copy of the published file, verified byte by byte while it is copied, or an empty one.

        Removes what an earlier run left and ends its workers. Raises DiskError before anything is written,
        WarehouseDamaged when the published file is not what its manifest says (not for an empty build).
        """
        check_publish_path(self.published, self.state.root)
        move_stray_wal(self.published, self.state, self._emit)
        current = self.recognised() if empty else self.current()
        self.clear_build()
        retention.tidy(self.published, self.state, current.run_id if current else None)
        build = self._new_build(run_id, current.run_id if current and not empty else None)
        if current is not None and not empty:
            self._copy_in(current, build)
        else:
            build.connect().close()  # creates the file: a run may write nothing
        return build

    def publish(self, build: Build, run_id: str, contents: BuildContents) -> PublishedBuild:
        """Make a build the published file: all or nothing, at one rename. Every connection to it must be closed.

        `contents` is kept in the build's record. Raises TransformError (a view cannot be read), DiskError, LockHeld.
        """
        assert isinstance(build, DuckDBBuild)
        check_views(build, self._emit)
        about = seal(build, run_id)
        before = self.recognised()
        move_stray_wal(self.published, self.state, self._emit)
        name = published_name(self.published, self.state)
        parent = before.run_id if before else None
        record = keep_copy(build, self.state, about, name=name, parent=parent, contents=contents)
        if before is None and self.published.exists():
            keep_copy_aside(self.published, self.state, self._emit)
        go_live(build.path, self.published)
        self._finish_publish(run_id)
        return published_build(self.state, record, self.published, current=True)

    def rollback_target(self, run_id: str | None = None) -> PublishedBuild:
        return rollback.choose_build(self, run_id)

    def rollback(self, run_id: str | None = None) -> PublishedBuild:
        """Publish an earlier build again: `run_id`, else the one before; a damaged file is replaced by its own copy.

        Atomic, and the clock, the loader's cursors and everything else in the file go back with it. Raises UnknownName
        or UsageError (there is no such build), WarehouseDamaged (that copy is damaged too).
        """
        check_publish_path(self.published, self.state.root)
        move_stray_wal(self.published, self.state, self._emit)
        target = self.rollback_target(run_id)
        retention.tidy(self.published, self.state, self.run_id())
        build = self._new_build(target.run_id, target.run_id)
        rollback.restore(target, build, self.state)
        if self.recognised() is None and self.published.exists():
            keep_copy_aside(self.published, self.state, self._emit)
        begin_rollback(self.state, target.run_id)
        go_live(build.path, self.published)
        self._finish_publish(target.run_id)
        return published_build(self.state, target.record, self.published, current=True)

    # ---- a build whose stage reported failure

    def keep_failed(self, build: Build, run_id: str, stage: str, draft: RecordDraft) -> None:
        """Keep the build of a run that failed in `stage` for `dev --retry`. A killed run keeps none."""
        assert isinstance(build, DuckDBBuild)
        with translate_errors(build.folder):
            write_failed(build, run_id, stage, draft)

    def resume(self, build: Build) -> Build:
        """Continue a failed build. If this run is killed, the build cannot be resumed again."""
        end_orphans(build.folder, self._emit)
        with translate_errors(build.folder):
            (build.folder / FAILED).unlink(missing_ok=True)
        return build

    def dbt_profile(self) -> dict[str, str]:
        return dbt_profile(self.build_path())

    def copy_tables(self, build: Build, wanted: Callable[[TableInfo], bool]) -> list[tuple[str, str]]:
        """See `Target.copy_tables`; the published file is verified byte by byte before."""
        assert isinstance(build, DuckDBBuild)
        if self.verify() is None:
            return []
        with build.connect() as connection:
            catalogue = str(connection.value("SELECT current_database()"))
            attach(connection.raw, self.published, _SOURCE)
            try:
                with translate_errors(build.path):
                    return copy_tables(connection.raw, _SOURCE, catalogue, wanted)
            finally:
                connection.raw.execute(f"DETACH {_SOURCE}")

    def clear_build(self) -> None:
        """Remove the build folder whole (a log left in it would be replayed into the next build); end its workers."""
        folder = self.build_path().parent
        end_orphans(folder, self._emit)
        with translate_errors(folder):
            remove_tree(folder)

    def working_copy(self, folder: Path) -> Path:
        """A new copy of the published file in `folder`, for raw dbt; nothing published: a path without a file."""
        copy = folder / self.published.name
        fresh = folder / ".new" / self.published.name
        current = self.current()
        with translate_errors(folder):
            remove_tree(fresh.parent)
            fresh.parent.mkdir(parents=True)
            if current is not None:
                self.compare(current, copy_and_hash(self.published, fresh))
            for stale in (copy, copy.with_name(f"{copy.name}.wal")):
                stale.unlink(missing_ok=True)
            if current is not None:
                fresh.replace(copy)
            remove_tree(fresh.parent)
        return copy

    # ---- inside

    def _new_build(self, run_id: str, parent: str | None) -> DuckDBBuild:
        path = self.build_path()
        self.clear_build()
        with translate_errors(path.parent):
            path.parent.mkdir(parents=True)
        return DuckDBBuild(path.parent, path, run_id, parent, self.files)

    def _copy_in(self, current: PublishedBuild, build: DuckDBBuild) -> None:
        try:
            with translate_errors(build.path):
                self.compare(current, copy_and_hash(self.published, build.path))
        except SbdkError:
            remove_tree(build.folder)  # gives the space back
            raise

    def _finish_publish(self, run_id: str) -> None:
        with translate_errors(self.state.root):
            mark_published(self.state, run_id)
            end_rollback(self.state)
            retention.drop_old(self.published, self.state, run_id)
            remove_tree(self.build_path().parent)
