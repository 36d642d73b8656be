"""The guards that every request passes before the application: pure ASGI, usable around any app.

    app = guarded(inner, hosts=loopback_hosts())

The order: size of the header → declared size of the body → Host → Origin → Content-Encoding → (while the body is read)
its size and its time. Every response carries the security headers and a request id; every error has the same body,
`{"error", "detail", "request_id"}`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sbdk.server.http.body import ClientDisconnected
from sbdk.server.http.errors import HttpError, error_response, internal_error
from sbdk.server.http.hosts import AllowedOrigins, TrustedHosts
from sbdk.server.http.limits import BodyLimits, HeaderLimits, Limits

API_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of an API: its responses are not pages."""

_log = logging.getLogger("sbdk.server")


def guarded(
    app: ASGIApp,
    *,
    hosts: Collection[str],
    origins: Collection[str] = (),
    limits: Limits = Limits(),
    csp: str = API_CSP,
) -> ASGIApp:
    """`app` behind all guards. `hosts`: names without port, IPv6 in brackets; `origins`: exact strings, for CORS."""
    app = BodyLimits(app, limits)
    app = AllowedOrigins(app, origins)
    app = TrustedHosts(app, hosts)
    app = HeaderLimits(app, limits)
    return ErrorBoundary(app, csp)


class ErrorBoundary:
    """The outermost guard: a request id, security headers on every response, and a response to every error.

    A header that the application sets itself stays.
    """

    def __init__(self, app: ASGIApp, csp: str) -> None:
        self._app = app
        self._headers = (
            (b"content-security-policy", csp.encode("latin-1")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cache-control", b"no-store"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        return await self._handle(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        response = _ResponseSender(send, (*self._headers, (b"x-request-id", request_id.encode())))
        try:
            await self._app(scope, receive, response)
        except ClientDisconnected:
            return
        except HttpError as error:
            if not response.started:
                await error_response(error, scope)(scope, receive, response)
        except Exception:
            _log.exception("request %s: an error inside the server", request_id)
            if not response.started:
                await error_response(internal_error(), scope)(scope, receive, response)


class _ResponseSender:
    """`send` that adds the headers. `started`: whether a response has begun."""

    def __init__(self, send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            own = message.get("headers", ())
            names = {name for name, _ in own}
            message["headers"] = [*own, *(pair for pair in self._headers if pair[0] not in names)]
        await self._send(message)
