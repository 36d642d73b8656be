"""The API as one ASGI application, and its documentation: /openapi.json, and /docs without a script.

The documentation is for everybody on the loopback; elsewhere it does not exist without the admin token.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from starlette.types import ASGIApp, Receive, Scope, Send

from sbdk.core.errors import SbdkError
from sbdk.server.http.errors import HttpError, error_handlers, error_response
from sbdk.server.http.guards import guarded
from sbdk.server.store import Store, StoreBusy
from sbdk.server.webhooks import deliveries, projects, status
from sbdk.server.webhooks.api_route import ANY_ROUTE, ApiRoute, error_responses
from sbdk.server.webhooks.auth import check_operator
from sbdk.server.webhooks.metrics import Metrics
from sbdk.server.webhooks.services import Services, ServicesDep, create_services
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.version import __version__


def create_app(settings: ServerSettings, store: Store) -> ASGIApp:
    """The whole API behind its guards."""
    services = create_services(settings, store)
    app = guarded(create_api(services), hosts=settings.hosts, origins=settings.origins)
    return ErrorCounter(app, services.metrics)


def create_api(services: Services) -> FastAPI:
    """All routes, without the guards."""
    app = FastAPI(
        title="sbdk webhooks",
        version=__version__,
        description="Rebuilds a project when its repository is pushed to; takes usage reports of projects.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=error_responses(*ANY_ROUTE),
        exception_handlers={
            **error_handlers(),
            RequestValidationError: projects.invalid_body,
            SbdkError: _store_error,
        },
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    app.state.readiness = status.Readiness(services.store)
    for router in (deliveries.router, projects.router, status.router, status.operator_router, documentation):
        app.include_router(router)
    return app


class ErrorCounter:
    """The outermost layer: it counts errors by code, whichever guard or route raised them."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if code := scope.get("state", {}).get("error_code"):
            self._metrics.count_error(code)


async def _store_error(request: Request, error: SbdkError) -> Response:
    """503: nothing was stored. GitHub shows the delivery as failed, and it can be sent again."""
    detail = "too many requests wait" if isinstance(error, StoreBusy) else "the server cannot store anything now"
    return error_response(HttpError(503, error.code, f"{detail}; try again", {"Retry-After": "2"}), request.scope)


_METHODS = ["GET", "HEAD"]
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, auto_reload=False, trim_blocks=True
)


async def hide_from_others(request: Request, services: ServicesDep) -> None:
    """404 in place of 401: without the token nothing shows that there is documentation."""
    try:
        check_operator(request.scope, services)
    except HttpError as error:
        if error.status == 401:
            raise HttpError(404, "not_found", "not found") from None
        raise


documentation = APIRouter(route_class=ApiRoute, dependencies=[Depends(hide_from_others)], include_in_schema=False)


@documentation.api_route("/openapi.json", methods=_METHODS)
async def openapi(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.openapi()
    return document


@documentation.api_route("/docs", methods=_METHODS, response_class=HTMLResponse)
async def docs(request: Request) -> Response:
    return HTMLResponse(_pages.get_template("api.html").render(spec=request.app.openapi()))
