"""The state that the pages of one dashboard share, the rendering of a page, and the scripts and styles it loads.

These are under a URL that contains a digest of them: a browser fetches each version once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sbdk.app.score import is_graded
from sbdk.core.format import count, plural, seconds, size, visible_percent
from sbdk.project import Project
from sbdk.score.card import ScoredWarehouse
from sbdk.score.render.terminal import Listing, listings
from sbdk.server.dashboard import filters
from sbdk.server.dashboard.queries.caches import DiffCache, ScoreCache
from sbdk.server.dashboard.queries.catalog import plain
from sbdk.server.dashboard.queries.profile import Profile
from sbdk.server.dashboard.queries.published_state import CurrentProject, PublishedState, PublishedStateCache
from sbdk.server.dashboard.run_state import RunFeed
from sbdk.server.dashboard.thread_pools import BoundedThreadPool, ThreadPools
from sbdk.state.layout import StateDir
from sbdk.targets.base import Target

STATIC = Path(__file__).parent / "static"


@lru_cache(maxsize=1)
def static_address() -> str:
    """The URL path: /static/ and a digest of the content of all files."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        return response


def static_files() -> Mount:
    return Mount(static_address(), _Files(directory=STATIC))


HERE = Path(__file__).parent


class WatchState(Protocol):
    """The state of the watcher of `sbdk start`."""

    @property
    def status(self) -> str: ...
    @property
    def changed(self) -> list[str]: ...
    @property
    def error(self) -> dict[str, Any] | None: ...


GetWatchState = Callable[[], WatchState]


@dataclass
class PageContext:
    """`current_project`: the project, reopened when its configuration is edited. `watch` returns the state of the
    watcher, if one runs; `request_run` requests a run. `streams`: the event streams that are open now.
    """

    current_project: CurrentProject
    run_feed: RunFeed
    watch: GetWatchState | None = None
    request_run: Callable[[], None] | None = None
    pools: ThreadPools = field(default_factory=ThreadPools)
    streams: set[object] = field(default_factory=set)
    diffs: DiffCache = field(default_factory=DiffCache)
    profiles: dict[Any, Profile] = field(default_factory=dict)
    scores: ScoreCache = field(default_factory=ScoreCache)

    @cached_property
    def _templates(self) -> Environment:
        return _environment()

    @property
    def pages(self) -> BoundedThreadPool:
        return self.pools.pages

    @property
    def queries(self) -> BoundedThreadPool:
        return self.pools.queries

    @property
    def long(self) -> BoundedThreadPool:
        return self.pools.long

    @cached_property
    def published(self) -> PublishedStateCache:
        return PublishedStateCache(self.current_project.get)

    @property
    def project(self) -> Project:
        return self.current_project.get()

    @property
    def target(self) -> Target:
        return self.project.warehouse()

    @property
    def state(self) -> StateDir:
        return self.project.state

    def close(self) -> None:
        self.run_feed.stop()
        self.pools.close()

    def render(self, request: Request, template: str, published: PublishedState, **more: Any) -> HTMLResponse:
        """A page or a part of one; every value is escaped."""
        config = self.project.loaded.config
        shared = {
            "project": config.project,
            "target": config.target,
            "has_score": is_graded(config),
            "path": request.url.path,
            "published": published,
            "may_run": self.request_run is not None,
            "watched": self.watch_state(),
        }
        return HTMLResponse(self._templates.get_template(template).render(**shared, **more))

    def watch_state(self) -> dict[str, Any] | None:
        """status, changed, error; None without a watcher."""
        if self.watch is None:
            return None
        state = self.watch()
        return {"status": state.status, "changed": list(state.changed)[:50], "error": state.error}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(count=count, plural=plural, size=size, seconds=seconds, percent=visible_percent)
    environment.filters["listings"] = _listings
    environment.filters.update(ago=filters.ago, clock=filters.clock)
    environment.globals.update(
        table_link=filters.table_link, aligned=filters.aligned, plain=plain, static=static_address()
    )
    return environment


def _listings(graded: ScoredWarehouse) -> list[Listing]:
    """The tables of a scorecard, without bars and parts, which the page draws differently."""
    drawn = {view.title for view in graded.views if view.kind == "bars"} | {"Parts"}
    return [listing for listing in listings(graded) if listing.title not in drawn]
