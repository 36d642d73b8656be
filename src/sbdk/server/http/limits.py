"""How large and how slow a request may be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sbdk.server.http.errors import Refusal
from sbdk.server.http.headers import has_body, values

CLOSE = {"Connection": "close"}


@dataclass(frozen=True)
class Limits:
    """Bytes of a head, bytes of a body, seconds in which a body must be complete."""

    head_bytes: int = 16_384
    body_bytes: int = 1_048_576
    body_seconds: float = 10.0


class Heads:
    """A head too large: 431. A body that is declared too large: 413, before a byte of it is read."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
            for name, value in scope["headers"]:
                size += len(name) + len(value) + 4
                if name == b"content-length":
                    self._declared(value)
                elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                    raise Refusal(400, "bad_request", "the only Transfer-Encoding is chunked", CLOSE)
            if size > self._limits.head_bytes:
                raise Refusal(431, "header_too_large", f"at most {self._limits.head_bytes} bytes of header", CLOSE)
        await self._app(scope, receive, send)

    def _declared(self, length: bytes) -> None:
        if not length.isdigit():
            raise Refusal(400, "bad_request", "Content-Length is not a number", CLOSE)
        if len(length) > 15 or int(length) > self._limits.body_bytes:
            raise _too_large(self._limits)


class Bodies:
    """The same limit for what really arrives (chunks, false declarations), 408 for what does not arrive in time."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not has_body(scope):
            return await self._app(scope, receive, send)
        if any(coding.strip().lower() != b"identity" for coding in values(scope, b"content-encoding")):
            raise Refusal(415, "bad_content_encoding", "send the body as it is, without Content-Encoding", CLOSE)
        body = _Body(receive, send, self._limits)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if body.refusal is None:
                raise
        if body.refusal is not None:
            raise body.refusal  # whatever the application made of the interruption
        return None


class _Body:
    """One request's body. After a refusal nothing that the application says is sent any more."""

    def __init__(self, receive: Receive, send: Send, limits: Limits) -> None:
        self._receive = receive
        self._send = send
        self._limits = limits
        self._deadline = asyncio.get_running_loop().time() + limits.body_seconds
        self._bytes = 0
        self._complete = False
        self._started = False
        self.refusal: Refusal | None = None

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._refuse(Refusal(408, "timeout", "the body did not arrive in time", CLOSE))
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body")
        if self._bytes > self._limits.body_bytes:
            self._refuse(_too_large(self._limits))
        return message

    async def send(self, message: Message) -> None:
        if self.refusal is not None and not self._started:
            return
        if message["type"] == "http.response.start":
            self._started = True
            if not self._complete:  # the rest of the body would be taken for the next request, or be read for nothing
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await self._send(message)

    def _refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal
        raise refusal


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, "too_large", f"at most {limits.body_bytes} bytes of body", CLOSE)
