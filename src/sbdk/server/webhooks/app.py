"""The API as one ASGI application."""

from __future__ import annotations

import time

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sbdk.core.errors import SbdkError
from sbdk.server.guards import Refusal, error_handlers, guarded
from sbdk.server.guards.refusing import error_response
from sbdk.server.state import State
from sbdk.server.state.trouble import StateBusy
from sbdk.server.webhooks.documenting import Documents, document
from sbdk.server.webhooks.gate import Gate
from sbdk.server.webhooks.projects import Projects
from sbdk.server.webhooks.receiving import Receiver
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.server.webhooks.status import StatusPages
from sbdk.server.webhooks.watching import Metrics, SecurityLog
from sbdk.version import __version__

WEBHOOK = "/webhook/github"


def create_app(settings: ServerSettings, state: State) -> ASGIApp:
    """The whole API behind its guards."""
    metrics, security = Metrics(state), SecurityLog()
    gate = Gate(settings, state, security)
    receiver = Receiver(settings, state, metrics, security)
    inner = api(settings, state, gate, receiver, metrics)
    app = Front(inner, receiver, metrics)
    return Counting(guarded(app, hosts=settings.hosts, origins=settings.origins), metrics)


def api(settings: ServerSettings, state: State, gate: Gate, receiver: Receiver, metrics: Metrics) -> FastAPI:
    """All routes, documented."""
    handlers = {**error_handlers(), SbdkError: _trouble}
    app = FastAPI(
        title="sbdk webhooks",
        version=__version__,
        description="Rebuilds a project when its repository is pushed to; takes usage reports of projects.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=handlers,
    )
    projects, pages = Projects(settings, state, gate), StatusPages(settings, state, gate, metrics)

    async def deliver(request: Request) -> Response:
        return await receiver.respond(request.scope, request.receive)

    document(app, "POST", WEBHOOK, deliver)
    document(app, "POST", "/register", projects.register)
    document(app, "POST", "/track/usage", projects.track)
    document(app, "GET", "/health", pages.health)
    document(app, "GET", "/ready", pages.ready)
    document(app, "GET", "/metrics", pages.metrics)
    document(app, "GET", "/runs", pages.runs)
    document(app, "GET", "/runs/{run}/log", pages.log)
    documents = Documents(app, gate)
    app.add_route("/openapi.json", documents.openapi, include_in_schema=False)
    app.add_route("/docs", documents.page, include_in_schema=False)
    return app


class Counting:
    """Counts what is refused, by whatever guard or route: it is the outermost of all."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if code := scope.get("state", {}).get("refused"):
            self._metrics.refused(code)


class Front:
    """Takes deliveries past the framework, whose routing costs more than all that we do."""

    def __init__(self, app: ASGIApp, receiver: Receiver, metrics: Metrics) -> None:
        self._app = app
        self._receiver = receiver
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != WEBHOOK or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        began = time.perf_counter()
        try:
            response = await self._receiver.respond(scope, receive)
        except Refusal as refusal:
            response = error_response(refusal, scope)
        except SbdkError as error:
            response = error_response(_unavailable(error), scope)
        else:
            self._metrics.seconds.observe(time.perf_counter() - began)
        return await response(scope, receive, send)


async def _trouble(request: Request, error: SbdkError) -> Response:
    return error_response(_unavailable(error), request.scope)


def _unavailable(error: SbdkError) -> Refusal:
    """Nothing was stored, and that must be said: GitHub shows the delivery as failed, and it can be sent again."""
    detail = "too many requests wait" if isinstance(error, StateBusy) else "the server cannot store anything now"
    return Refusal(503, error.code, f"{detail}; try again", {"Retry-After": "2"})
