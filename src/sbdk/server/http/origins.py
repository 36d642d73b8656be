"""Pages of other origins may not change anything here, and read only if their origin is listed (CORS)."""

from __future__ import annotations

from collections.abc import Collection

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sbdk.server.http.errors import Refusal
from sbdk.server.http.headers import values

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class Origins:
    """`allowed` are exact strings such as https://app.example.com; never a pattern, and never with credentials."""

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = {origin.encode() for origin in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = values(scope, b"origin") if scope["type"] == "http" else []
        if not origins:
            if scope["type"] == "http" and scope["method"] not in SAFE:
                _refuse_cross_site(scope)
            return await self._app(scope, receive, send)
        listed = len(origins) == 1 and origins[0] in self._allowed
        if scope["method"] not in SAFE and not listed and not _same(scope, origins):
            raise Refusal(403, "bad_origin", "pages of that origin may not call this", {"Connection": "close"})
        if not listed:
            return await self._app(scope, receive, send)
        if scope["method"] == "OPTIONS" and values(scope, b"access-control-request-method"):
            return await _preflight(origins[0])(scope, receive, send)
        return await self._app(scope, receive, _readable(origins[0], send))


def _refuse_cross_site(scope: Scope) -> None:
    """A browser that sends no Origin still says from where (Fetch Metadata)."""
    if b"cross-site" in values(scope, b"sec-fetch-site"):
        raise Refusal(403, "bad_origin", "pages of other sites may not call this", {"Connection": "close"})


def _same(scope: Scope, origins: list[bytes]) -> bool:
    """Our own pages. The scheme may differ from ours: a proxy in front may speak TLS."""
    host = values(scope, b"host")[0].lower()
    return origins in ([b"http://" + host], [b"https://" + host])


def _preflight(origin: bytes) -> Response:
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": origin.decode("latin-1"),
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        },
    )


def _readable(origin: bytes, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            cors = ((b"access-control-allow-origin", origin), (b"vary", b"Origin"))
            opened = (b"cross-origin-resource-policy", b"cross-origin")
            message["headers"] = [*message.get("headers", ()), *cors, opened]
        await send(message)

    return sending
