"""The dashboard as one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sbdk.core.errors import SbdkError
from sbdk.core.event_stream import Broadcast
from sbdk.project import Project
from sbdk.server.dashboard import errors, sse
from sbdk.server.dashboard.errors import SqlError
from sbdk.server.dashboard.page_context import GetWatchState, PageContext, static_files
from sbdk.server.dashboard.pages import checks, lineage, runs, sql, tables
from sbdk.server.dashboard.queries.published_state import CurrentProject
from sbdk.server.dashboard.run_state import RunFeed
from sbdk.server.http.errors import HttpError, error_handlers
from sbdk.server.http.guards import guarded
from sbdk.server.http.hosts import loopback_hosts

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Dashboard:
    """An ASGI application. A server ends only after `stop` has ended the event streams: `on_stop=app.stop`."""

    def __init__(self, context: PageContext, hosts: Collection[str]) -> None:
        self.context = context
        self._app = guarded(_starlette(context), hosts=hosts, csp=CSP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def stop(self) -> None:
        """From any thread."""
        self.context.run_feed.stop()


def create_app(
    project: Project,
    broadcast: Broadcast,
    *,
    watch: GetWatchState | None = None,
    request_run: Callable[[], None] | None = None,
    hosts: Collection[str] = (),
) -> Dashboard:
    """The pages of `project`. `watch` returns the watcher's state, `request_run` requests a run; either may be None.

    `hosts`: accepted Host names besides those of the loopback.
    """
    context = PageContext(CurrentProject(project), RunFeed(broadcast), watch, request_run)
    return Dashboard(context, [*loopback_hosts(), *hosts])


def _starlette(context: PageContext) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        context.run_feed.start()
        # so that the first page does not wait for DuckDB
        warm_up = asyncio.create_task(context.pages.run(context.published.get))
        async with sse.polling(context):
            yield
        warm_up.cancel()
        context.close()

    pages = (runs, lineage, tables, checks, sql, sse)
    routes: list[Any] = [Route("/favicon.ico", _no_icon), static_files()]
    for page in pages:
        routes += page.ROUTES
    handlers: dict[Any, Any] = {
        **error_handlers(),
        HttpError: errors.respond,
        SqlError: errors.respond_to_sql,
        SbdkError: errors.respond_to_failure,
        404: errors.respond_not_found,
    }
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    app.state.page_context = context
    return app


async def _no_icon(request: Request) -> Response:
    return Response(status_code=204)
