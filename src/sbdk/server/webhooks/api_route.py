"""The routes of the API, and the errors that they declare.

The order is that of all routes: content type, size, token, rate, and only then the content of the body. FastAPI parses
a body before it resolves dependencies, so `JsonRoute` gives it the raw bytes; the model of the body parses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Scope

from sbdk.server.http.body import read_body
from sbdk.server.http.errors import HttpError
from sbdk.server.http.limits import header_values
from sbdk.server.webhooks.models import Error
from sbdk.server.webhooks.tokens import reject_tokens_in_url

_JSON = re.compile(rb"application/json(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)
ANY_ROUTE = (400, 405, 408, 413, 415, 431)
"""Statuses of errors that the guards and the router may answer on every route."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: each status with the model of an error."""
    return {status: {"model": Error} for status in statuses}


def require_json(scope: Scope) -> None:
    """HttpError 415 unless the body is declared as JSON."""
    values = header_values(scope, b"content-type")
    if len(values) != 1 or not _JSON.fullmatch(values[0]):
        hint = "send application/json; at GitHub set the webhook's content type to it"
        raise HttpError(415, "bad_content_type", hint, {"Connection": "close"})


class ApiRoute(APIRoute):
    """For `APIRouter(route_class=…)`: a token in the URL is rejected first of all."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_safe_url(request: Request) -> Response:
            reject_tokens_in_url(request.scope)
            return await handle(request)

        return handle_safe_url


class JsonRequest(Request):
    """Its body is read once; as JSON it is the raw bytes."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await read_body(self.receive)
        return self._body

    async def json(self) -> bytes:
        return await self.body()


class JsonRoute(APIRoute):
    """An `ApiRoute` with a model derived from `models.JsonBody` as the body."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            reject_tokens_in_url(request.scope)
            require_json(request.scope)
            request = JsonRequest(request.scope, request.receive)
            await request.body()
            return await handle(request)

        return handle_json
