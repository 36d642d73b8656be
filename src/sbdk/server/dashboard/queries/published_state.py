"""The project and its published state as pages read them: reloaded when a file has changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.queries.catalog import Relation, relations
from sbdk.state.record import BuildContents

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.state.builds import PublishedBuild


class CurrentProject:
    """Reopens the project when `sbdk_config.json` or `.env` has changed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._seen = self._stamp()

    def get(self) -> Project:
        """Never raises: a configuration that cannot be read changes nothing, and the watcher reports its error."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                with suppress(SbdkError):
                    self._project = self._project.reload()
            return self._project

    def _stamp(self) -> list[Any]:
        return [_file_stamp(path) for path in (self._project.loaded.file, self._project.root / ".env")]


def _file_stamp(path: Path) -> tuple[int, ...] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_ino, info.st_size, info.st_mtime_ns


@dataclass(frozen=True)
class PublishedState:
    """`build`: None before a first run, or when the file cannot be read; then `problem` is the error."""

    build: PublishedBuild | None
    problem: SbdkError | None = None
    builds: list[PublishedBuild] = field(default_factory=list)

    @property
    def contents(self) -> BuildContents:
        """The contents of the published build; empty when there is none."""
        return self.build.record if self.build else BuildContents()

    @property
    def run_id(self) -> str:
        return self.build.run_id if self.build else ""

    @property
    def rows(self) -> dict[str, int]:
        """Rows by schema.table, as they were counted when the build was published."""
        return {table.name: table.rows for table in self.contents.tables}

    @property
    def before(self) -> PublishedBuild | None:
        """The build that was published before this one, if it was kept."""
        earlier = [build for build in self.builds if not build.current]
        return earlier[-1] if earlier and self.build else None


class PublishedStateCache:
    """Holds the `PublishedState`; reads it again when the published file or the kept builds change."""

    def __init__(self, project: Callable[[], Project]) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._stamp: tuple[Any, ...] = ("never",)
        self._state = PublishedState(None)
        self._relations: tuple[Any, list[Relation]] = (None, [])

    def get(self) -> PublishedState:
        """Never raises: a missing, damaged or locked file is the `problem` of the state."""
        with self._lock:
            stamp = self.stamp()
            if stamp != self._stamp:
                self._state, self._stamp = self._read(), stamp
            return self._state

    def relations(self) -> list[Relation]:
        """The tables and views of the published file, read once per file. Errors as `catalog.relations`."""
        published, stamp = self.get(), self.stamp()
        if stamp != self._relations[0]:
            self._relations = (stamp, relations(self._project().warehouse(), published.rows))
        return list(self._relations[1])

    def stamp(self) -> tuple[Any, ...]:
        """Changes whenever another file is published, or the kept builds change."""
        return self._project().warehouse().stamp()

    def _read(self) -> PublishedState:
        warehouse = self._project().warehouse()
        try:
            return PublishedState(warehouse.current(), None, warehouse.builds())
        except SbdkError as error:
            return PublishedState(None, error)
