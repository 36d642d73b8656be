"""The files of a project that can be read without a lock: the published file and the kept builds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sbdk.core.errors import WarehouseDamaged
from sbdk.state.builds import PublishedBuild, kept_builds
from sbdk.state.layout import StateDir
from sbdk.state.record import FailedBuild
from sbdk.targets.duckdb.build import DuckDBBuild, read_failed
from sbdk.targets.duckdb.copy import digest
from sbdk.targets.duckdb.errors import translate_errors
from sbdk.targets.duckdb.metadata import identify
from sbdk.targets.duckdb.outside_files import NO_FILES, OutsideFiles


class BuildStore:
    """`published`: the database file readers open. `state`: the project's `.sbdk` folder. Both absolute. `files`: those
    outside of it that its views read."""

    def __init__(self, published: Path, state: Path, files: OutsideFiles = NO_FILES) -> None:
        self.published = published
        self.files = files
        self.state = StateDir(state)

    def exists(self) -> bool:
        return self.published.exists()

    def current(self) -> PublishedBuild | None:
        """See `Target.current`. Looks at run id and size, not at every byte.

        Raises WarehouseDamaged (no run of this project made it, or it was cut), LockHeld (another program writes).
        """
        with translate_errors(self.published):
            if not self.published.exists():
                return None
        try:
            return identify(self.published, self.state)
        except WarehouseDamaged as error:
            raise self._with_hint(error) from error

    def verify(self) -> PublishedBuild | None:
        """As `current`, but compares every byte with the manifest's SHA-256 (about 1 s per GB)."""
        current = self.current()
        while current is not None:
            with translate_errors(self.published):
                sha256 = digest(self.published)
            now = self.current()
            if now is not None and now.run_id == current.run_id:
                self.compare(current, sha256)
                return current
            current = now  # a run published in between
        return None

    def recognised(self) -> PublishedBuild | None:
        """The published build; None without a file, and for a foreign or damaged one."""
        try:
            return self.current()
        except WarehouseDamaged:
            return None

    def run_id(self) -> str | None:
        """The run whose build is published; None as for `recognised`."""
        current = self.recognised()
        return current.run_id if current else None

    def builds(self) -> list[PublishedBuild]:
        return kept_builds(self.published, self.state, self.run_id())

    def stamp(self) -> tuple[object, ...]:
        return (str(self.published), _stamp(self.published), _stamp(self.state.builds))

    def build_path(self) -> Path:
        """The path of a run's build: constant, so that dbt's parse cache, which depends on it, stays valid."""
        return self.state.build_file(self.published.name)

    def failed(self) -> tuple[DuckDBBuild, FailedBuild] | None:
        kept = read_failed(self.build_path())
        if kept is None or kept[0].parent != self.run_id():
            return None
        return replace(kept[0], files=self.files), kept[1]

    def compare(self, current: PublishedBuild, sha256: str) -> None:
        """WarehouseDamaged when `sha256`, of the published file, is not the one of the manifest."""
        if sha256 != current.record.artifact.sha256:
            message = f"is not what run {current.run_id} published: its SHA-256 differs from the manifest's"
            raise self._with_hint(WarehouseDamaged(message, file=self.published))

    @contextmanager
    def _recovery(self) -> Iterator[None]:
        """A WarehouseDamaged of the block gets a hint how to recover."""
        try:
            yield
        except WarehouseDamaged as error:
            raise self._with_hint(error) from error

    def _with_hint(self, error: WarehouseDamaged) -> WarehouseDamaged:
        """The same error about the published file, with a hint how to recover."""
        kept = any(build.sequence for build in kept_builds(self.published, self.state, None))
        recovery = (
            "`sbdk rollback` brings back the last good build" if kept else "`sbdk dev --full-refresh` makes a new one"
        )
        return WarehouseDamaged(error.message, file=self.published, hint=error.hint or recovery)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        info = os.stat(path)
    except OSError:
        return ()
    return (info.st_ino, info.st_size, info.st_mtime_ns)
