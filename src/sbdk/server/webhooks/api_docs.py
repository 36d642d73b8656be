"""/openapi.json, and /docs: a page that shows it without a script or another server.

On the loopback they are for everybody; elsewhere they do not exist without the admin token.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from sbdk.server.http.errors import HttpError
from sbdk.server.webhooks.api_route import ApiRoute
from sbdk.server.webhooks.auth import check_operator
from sbdk.server.webhooks.services import ServicesDep

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


router = APIRouter(route_class=ApiRoute, dependencies=[Depends(hide_from_others)], include_in_schema=False)


@router.api_route("/openapi.json", methods=_METHODS)
async def openapi(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.openapi()
    return document


@router.api_route("/docs", methods=_METHODS, response_class=HTMLResponse)
async def docs(request: Request) -> Response:
    return HTMLResponse(_pages.get_template("api.html").render(spec=request.app.openapi()))
