"""The one form of an error: {"error": a stable code, "detail": words without any of the input, "request_id"}."""

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

# The code of an error that only has a status.
CODES = {
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


class Refusal(Exception):
    """An answer of 4xx: `code` never changes, `detail` (≤ 200 characters) never repeats what was sent."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail[:200]
        self.headers = dict(headers or {})


def error_response(refusal: Refusal, scope: Scope) -> Response:
    """The refusal as an answer to the request of `scope`, which then has its code in state.refused."""
    notes = scope.setdefault("state", {})
    notes["refused"] = refusal.code
    body = {"error": refusal.code, "detail": refusal.detail, "request_id": notes.get("request_id", "")}
    return Response(
        json.dumps(body, separators=(",", ":")).encode(),
        status_code=refusal.status,
        headers=refusal.headers,
        media_type="application/json",
    )


async def _refused(request: Request, refusal: Refusal) -> Response:
    return error_response(refusal, request.scope)


async def _http(request: Request, error: HTTPException) -> Response:
    """Starlette's own: an unknown path, a method that is not allowed (with Allow)."""
    detail = HTTPStatus(error.status_code).phrase.lower()
    code = CODES.get(error.status_code, "error")
    return error_response(Refusal(error.status_code, code, detail, error.headers), request.scope)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """Kinds and places of FastAPI's complaints, none of the values; the first one speaks for all."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][:2])
    return error_response(Refusal(422, "invalid", f"{place}: {first['type']}"), request.scope)


async def _bug(request: Request, error: Exception) -> Response:
    return error_response(bug(), request.scope)


def bug() -> Refusal:
    """What is said of an error of ours; the log has the rest, under the same request id."""
    return Refusal(500, "internal", "an error inside the server; its log has the request id")


def error_handlers() -> dict[Any, Handler]:
    """For `FastAPI(exception_handlers=…)` or `Starlette(…)`. The outermost guard logs what is not a Refusal."""
    return {Refusal: _refused, HTTPException: _http, RequestValidationError: _invalid, Exception: _bug}
