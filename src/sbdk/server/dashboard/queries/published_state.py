"""What is published now: looked up once per published file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import SbdkError
from sbdk.server.dashboard.queries.catalog import Relation, relations
from sbdk.state.record import BuildContents

if TYPE_CHECKING:
    from sbdk.project import Project
    from sbdk.state.builds import PublishedBuild


@dataclass(frozen=True)
class Standing:
    """`build`: None before a first run, or when the file cannot be read; then `problem` says why."""

    build: PublishedBuild | None
    problem: SbdkError | None = None
    builds: list[PublishedBuild] = field(default_factory=list)

    @property
    def contents(self) -> BuildContents:
        """What the published build holds; nothing at all when there is none."""
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


class Standings:
    """Gives the present `Standing`; looks again when the published file is another one."""

    def __init__(self, project: Callable[[], Project]) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._seen: tuple[Any, ...] = ("never",)
        self._last = Standing(None)
        self._listed: tuple[Any, list[Relation]] = (None, [])

    def now(self) -> Standing:
        """Never raises: a file that is missing, damaged or being written is part of the answer."""
        with self._lock:
            stamp = self.stamp()
            if stamp != self._seen:
                self._last, self._seen = self._look(), stamp
            return self._last

    def relations(self) -> list[Relation]:
        """The tables and views of the published file, read once per file. Errors as `catalogue.relations`."""
        standing, stamp = self.now(), self.stamp()
        if stamp != self._listed[0]:
            self._listed = (stamp, relations(self._project().warehouse(), standing.rows))
        return list(self._listed[1])

    def stamp(self) -> tuple[Any, ...]:
        """Changes whenever another file is published, or the kept builds change."""
        return self._project().warehouse().stamp()

    def _look(self) -> Standing:
        warehouse = self._project().warehouse()
        try:
            return Standing(warehouse.current(), None, warehouse.builds())
        except SbdkError as error:
            return Standing(None, error)
