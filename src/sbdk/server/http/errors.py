"""The format of error responses: {"error": a stable code, "detail": a text without any of the input, "request_id"}."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    431: "header_too_large",
}
"""The code of an error that has only a status."""


class HttpError(Exception):
    """An error response: `code` never changes, `detail` (≤ 200 characters) never repeats what was sent."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail[:200]
        self.headers = dict(headers or {})


def error_response(error: HttpError, scope: Scope) -> Response:
    """The response to the request of `scope`; its code is left in the scope's state as `error_code`."""
    state = scope.setdefault("state", {})
    state["error_code"] = error.code
    body = {"error": error.code, "detail": error.detail, "request_id": state.get("request_id", "")}
    return Response(
        json.dumps(body, separators=(",", ":")).encode(),
        status_code=error.status,
        headers=error.headers,
        media_type="application/json",
    )


async def _http_error(request: Request, error: HttpError) -> Response:
    return error_response(error, request.scope)


async def _starlette_error(request: Request, error: HTTPException) -> Response:
    """Starlette's own errors: an unknown path, a method that is not allowed (with Allow)."""
    detail = HTTPStatus(error.status_code).phrase.lower()
    code = _CODES.get(error.status_code, "error")
    return error_response(HttpError(error.status_code, code, detail, error.headers), request.scope)


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    """The type and location of the first validation error, without values."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][:2])
    return error_response(HttpError(422, "invalid", f"{place}: {first['type']}"), request.scope)


async def _unexpected(request: Request, error: Exception) -> Response:
    return error_response(internal_error(), request.scope)


def internal_error() -> HttpError:
    """An error of the server's own; the log has the traceback under the same request id."""
    return HttpError(500, "internal", "an error inside the server; its log has the request id")


def error_handlers() -> dict[Any, Handler]:
    """For `FastAPI(exception_handlers=…)` or `Starlette(…)`. The outermost guard logs other exceptions."""
    return {
        HttpError: _http_error,
        HTTPException: _starlette_error,
        RequestValidationError: _validation_error,
        Exception: _unexpected,
    }
