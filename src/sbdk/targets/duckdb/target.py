"""The warehouse of a project: the published file, the build a run works in, and the builds that were kept.

Everything that changes something expects the caller to hold the ProjectLock. Reading needs no lock.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sbdk.core.errors import SbdkError, WarehouseDamaged
from sbdk.core.events import Emit, silent
from sbdk.state import builds as retention
from sbdk.state.workers import end_orphans
from sbdk.targets.duckdb import rollback
from sbdk.targets.duckdb.build import FAILED, Build, read_failed, write_failed
from sbdk.targets.duckdb.connection import Connection, Reader, open_readonly
from sbdk.targets.duckdb.copy import copy_and_hash, digest
from sbdk.targets.duckdb.diagnose import Problem, examine
from sbdk.targets.duckdb.errors import check_place, explained
from sbdk.targets.duckdb.identify import identify
from sbdk.targets.duckdb.publish import go_live, keep, seal
from sbdk.targets.duckdb.strays import keep_aside, settle_wal
from sbdk.targets.duckdb.views import check_views
from sbdk.warehouse.durable import clear
from sbdk.warehouse.manifest import (
    Published,
    announce,
    mark_published,
    published_build,
    published_name,
    retract,
)


class Warehouse:
    """`published`: the database file readers open. `state`: the project's `.sbdk` folder. Both absolute."""

    def __init__(self, published: Path, state: Path, *, emit: Emit = silent) -> None:
        self.published = published
        self.state = state
        self._emit = emit

    # ---- what is published

    def current(self) -> Published | None:
        """The published build; None when nothing has been published yet. Looks at run id and size, not at every byte.

        Raises WarehouseDamaged (no run of this project made it, or it was cut), LockHeld (another program writes).
        """
        with explained(self.published):
            if not self.published.exists():
                return None
        try:
            return identify(self.published, self.state)
        except WarehouseDamaged as error:
            raise self._with_hint(error) from error

    def verify(self) -> Published | None:
        """As `current`, but compares every byte with the manifest's SHA-256 (about 1 s per GB)."""
        current = self.current()
        while current is not None:
            with explained(self.published):
                sha256 = digest(self.published)
            now = self.current()
            if now is not None and now.run_id == current.run_id:
                self._compare(current, sha256)
                return current
            current = now  # a run published in between
        return None

    def clock(self) -> datetime | None:
        """The clock of the published file, naive UTC; None when nothing is published or no clock was set."""
        current = self.current()
        return current.clock if current else None

    def builds(self) -> list[Published]:
        """The published build and the earlier ones that were kept, oldest publication first."""
        return retention.kept_builds(self.published, self.state, self._run_id())

    def reader(self) -> Connection:
        """A read-only connection to what is published now; it keeps showing that generation until closed."""
        return open_readonly(self.published)

    def readers(self) -> Reader:
        """For programs that live longer than a build: one connection per published build."""
        return Reader(self.published)

    def health(self) -> list[Problem]:
        """What is wrong, errors first; empty when all is well."""
        return examine(self)

    # ---- a run

    def begin(self, run_id: str, *, empty: bool = False) -> Build:
        """A new build: a copy of the published file, verified byte by byte while it is copied, or an empty one.

        Throws away what an earlier run left and ends its workers. Raises DiskTrouble before anything is written,
        WarehouseDamaged when the published file is not what its manifest says (not for an empty build).
        """
        check_place(self.published, self.state)
        settle_wal(self.published, self.state, self._emit)
        current = self._recognised() if empty else self.current()
        self.clear_build()
        retention.tidy(self.published, self.state, current.run_id if current else None)
        build = self._fresh_build(run_id, current.run_id if current and not empty else None)
        if current is not None and not empty:
            self._copy_in(current, build)
        else:
            build.connect().close()  # makes the file: a run may well write nothing
        return build

    def publish(self, build: Build, run_id: str, facts: dict[str, Any]) -> Published:
        """Make a build the published file: all or nothing, at one rename. Every connection to it must be closed.

        `facts` (JSON) is kept in the manifest. Raises TransformError (a view cannot be read), DiskTrouble, LockHeld.
        """
        check_views(build, self._emit)
        about = seal(build, run_id)
        before = self._recognised()
        settle_wal(self.published, self.state, self._emit)
        name = published_name(self.published, self.state)
        parent = before.run_id if before else None
        manifest = keep(build, self.state, about, name=name, parent=parent, facts=facts)
        if before is None and self.published.exists():
            keep_aside(self.published, self.state, self._emit)
        go_live(build.path, self.published)
        self._afterwards(run_id)
        return published_build(self.state, manifest, self.published, current=True)

    def rollback(self, run_id: str | None = None) -> Published:
        """Publish an earlier build again: `run_id`, else the one before; a damaged file is replaced by its own copy.

        Atomic, and the clock, the loader's cursors and everything else in the file go back with it. Raises UnknownName
        or UsageError (there is no such build), WarehouseDamaged (that copy is damaged too).
        """
        check_place(self.published, self.state)
        settle_wal(self.published, self.state, self._emit)
        target = rollback.choose(self, run_id)
        retention.tidy(self.published, self.state, self._run_id())
        build = self._fresh_build(target.run_id, target.run_id)
        rollback.bring_back(target, build, self.state)
        if self._recognised() is None and self.published.exists():
            keep_aside(self.published, self.state, self._emit)
        announce(self.state, target.run_id)
        go_live(build.path, self.published)
        self._afterwards(target.run_id)
        return published_build(self.state, target.manifest, self.published, current=True)

    # ---- a build whose stage reported failure

    def keep_failed(self, build: Build, facts: dict[str, Any]) -> None:
        """Keep a build until the next run, for `dev --retry`. A killed run keeps none."""
        with explained(build.folder):
            write_failed(build, facts)

    def failed(self) -> tuple[Build, dict[str, Any]] | None:
        """The build kept by `keep_failed` with its facts; None when another run or a rollback came since."""
        kept = read_failed(self._build_path())
        return kept if kept and kept[0].parent == self._run_id() else None

    def resume(self, build: Build) -> Build:
        """Go on with a failed build. Should this run be killed, the build is not taken up again."""
        end_orphans(build.folder, self._emit)
        with explained(build.folder):
            (build.folder / FAILED).unlink(missing_ok=True)
        return build

    def clear_build(self) -> None:
        """Remove the build folder whole (a log left in it would be replayed into the next build); end its workers."""
        folder = self._build_path().parent
        end_orphans(folder, self._emit)
        with explained(folder):
            clear(folder)

    def working_copy(self, folder: Path) -> Path:
        """A fresh copy of the published file in `folder`, to be written by hand; nothing published: an empty place."""
        copy = folder / self.published.name
        fresh = folder / ".new" / self.published.name
        current = self.current()
        with explained(folder):
            clear(fresh.parent)
            fresh.parent.mkdir(parents=True)
            if current is not None:
                self._compare(current, copy_and_hash(self.published, fresh))
            for stale in (copy, copy.with_name(f"{copy.name}.wal")):
                stale.unlink(missing_ok=True)
            if current is not None:
                fresh.replace(copy)
            clear(fresh.parent)
        return copy

    # ---- inside

    def _build_path(self) -> Path:
        return self.state / "build" / self.published.name

    def _fresh_build(self, run_id: str, parent: str | None) -> Build:
        path = self._build_path()
        self.clear_build()
        with explained(path.parent):
            path.parent.mkdir(parents=True)
        return Build(path.parent, path, run_id, parent)

    def _copy_in(self, current: Published, build: Build) -> None:
        try:
            with explained(build.path):
                self._compare(current, copy_and_hash(self.published, build.path))
        except SbdkError:
            clear(build.folder)  # gives the space back
            raise

    def _compare(self, current: Published, sha256: str) -> None:
        if sha256 != current.manifest.sha256:
            message = f"is not what run {current.run_id} published: its SHA-256 differs from the manifest's"
            raise self._with_hint(WarehouseDamaged(message, file=self.published))

    def _recognised(self) -> Published | None:
        """The published build as far as it is one of ours; None for no file and for a foreign or damaged one."""
        try:
            return self.current()
        except WarehouseDamaged:
            return None

    def _run_id(self) -> str | None:
        current = self._recognised()
        return current.run_id if current else None

    def _afterwards(self, run_id: str) -> None:
        with explained(self.state):
            mark_published(self.state, run_id)
            retract(self.state)
            retention.drop_old(self.published, self.state, run_id)
            clear(self._build_path().parent)

    def _with_hint(self, error: WarehouseDamaged) -> WarehouseDamaged:
        """The same error about the published file, with the way out."""
        kept = any(build.sequence for build in retention.kept_builds(self.published, self.state, None))
        way_out = (
            "`sbdk rollback` brings back the last good build" if kept else "`sbdk dev --full-refresh` makes a new one"
        )
        return WarehouseDamaged(error.message, file=self.published, hint=error.hint or way_out)
