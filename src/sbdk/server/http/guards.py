"""The outermost guard: a request id, security headers on every answer, and an answer to every error."""

from __future__ import annotations

import logging
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sbdk.server.http.body import Gone
from sbdk.server.http.errors import Refusal, bug, error_response

API_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Of an API: its answers are not pages."""

_log = logging.getLogger("sbdk.server")


class Answers:
    """Wraps everything else. The application may set a header of its own; then that one stays."""

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
        return await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        sent = _Sent(send, (*self._headers, (b"x-request-id", request_id.encode())))
        try:
            await self._app(scope, receive, sent)
        except Gone:
            return
        except Refusal as refusal:
            if not sent.started:
                await error_response(refusal, scope)(scope, receive, sent)
        except Exception:
            _log.exception("request %s: an error inside the server", request_id)
            if not sent.started:
                await error_response(bug(), scope)(scope, receive, sent)


class _Sent:
    """`send` that adds the headers, and remembers that an answer has begun."""

    def __init__(self, send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            own = message.get("headers", ())
            there = {name for name, _ in own}
            message["headers"] = [*own, *(pair for pair in self._headers if pair[0] not in there)]
        await self._send(message)
