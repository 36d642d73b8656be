"""What all pages share, and how a page is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sbdk.pipeline.grading import is_graded
from sbdk.pipeline.project import Project
from sbdk.score.card import ScoredWarehouse
from sbdk.score.render.terminal import Listing, listings
from sbdk.server.dashboard import showing
from sbdk.server.dashboard.files import address
from sbdk.server.dashboard.live import Live
from sbdk.server.dashboard.reading.catalogue import plain
from sbdk.server.dashboard.reading.changes import Changes
from sbdk.server.dashboard.reading.current import CurrentProject
from sbdk.server.dashboard.reading.grading import GradedCard
from sbdk.server.dashboard.reading.profiling import Profile
from sbdk.server.dashboard.reading.standing import Standing, Standings
from sbdk.server.dashboard.workers import Workers

HERE = Path(__file__).parent
PAGES, QUERIES, LONG = 6, 3, 2
"""Threads for what pages read, for queries and profiles, which have a time limit, and for what has none."""
WAITING = 60, 12, 6


class WatchState(Protocol):
    """What the watcher of `sbdk start` says of itself."""

    @property
    def status(self) -> str: ...
    @property
    def changed(self) -> list[str]: ...
    @property
    def error(self) -> dict[str, Any] | None: ...


Watching = Callable[[], WatchState]


@dataclass
class Site:
    """`opened`: the project, opened again when its configuration is edited. `watch` gives the state of the watcher, if
    one runs; `request_run` asks it for a run."""

    opened: CurrentProject
    live: Live
    watch: Watching | None = None
    request_run: Callable[[], None] | None = None
    pages: Workers = field(default_factory=lambda: Workers("page", PAGES, WAITING[0]))
    queries: Workers = field(default_factory=lambda: Workers("query", QUERIES, WAITING[1]))
    long: Workers = field(default_factory=lambda: Workers("long", LONG, WAITING[2]))
    changes: Changes = field(default_factory=Changes)
    profiles: dict[Any, Profile] = field(default_factory=dict)
    card: GradedCard = field(default_factory=GradedCard)

    @cached_property
    def standings(self) -> Standings:
        return Standings(self.opened.now)

    @property
    def project(self) -> Project:
        return self.opened.now()

    @property
    def published(self) -> Path:
        return self.project.loaded.published

    @property
    def state(self) -> Path:
        return self.project.loaded.state

    def close(self) -> None:
        self.live.stop()
        self.pages.close()
        self.queries.close()
        self.long.close()

    def render(self, request: Request, template: str, standing: Standing, **more: Any) -> HTMLResponse:
        """A page or a part of one; every value is escaped."""
        config = self.project.loaded.config
        about = {
            "project": config.project,
            "target": config.target,
            "has_score": is_graded(config),
            "path": request.url.path,
            "standing": standing,
            "may_run": self.request_run is not None,
            "watched": self.watching(),
        }
        return HTMLResponse(_environment().get_template(template).render(**about, **more))

    def watching(self) -> dict[str, Any] | None:
        """status, changed, error; None when nothing watches."""
        if self.watch is None:
            return None
        state = self.watch()
        return {"status": state.status, "changed": list(state.changed)[:50], "error": state.error}


_made: list[Environment] = []


def _environment() -> Environment:
    if not _made:
        made = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for name in ("count", "size", "seconds", "percent", "ago", "clock", "plural"):
            made.filters[name] = getattr(showing, name)
        made.globals.update(table_link=showing.table_link, aligned=showing.aligned, plain=plain, static=address())
        made.filters["listings"] = _listings
        _made.append(made)
    return _made[0]


def _listings(graded: ScoredWarehouse) -> list[Listing]:
    """The tables of a score card that are not drawn otherwise: no bars, and no parts, which stand at its head."""
    drawn = {view.title for view in graded.views if view.kind == "bars"} | {"Parts"}
    return [listing for listing in listings(graded) if listing.title not in drawn]
