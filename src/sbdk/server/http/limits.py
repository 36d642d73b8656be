"""Limits of heads, bodies and times: what is too large or too slow is refused before a route is reached."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from dataclasses import dataclass
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sbdk.server.http.errors import HttpError

_HOST = re.compile(rb"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """All values of a field, in order. `name` in lower case, as ASGI servers pass them."""
    return [value for key, value in scope["headers"] if key == name]


def has_body(scope: Scope) -> bool:
    """Whether the header announces a body."""
    for key, value in scope["headers"]:
        if key == b"transfer-encoding" or (key == b"content-length" and value.strip() != b"0"):
            return True
    return False


def canonical_host(host: bytes) -> str | None:
    """The host name without its port, in lower case; IPv6 in brackets and compressed. None if it is not a host."""
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    if match["v6"] is None:
        return match["name"].decode().lower()
    try:
        return f"[{ipaddress.IPv6Address(match['v6'].decode()).compressed}]"
    except ValueError:
        return None


def client_address(scope: Scope) -> str:
    """The address of the client. uvicorn replaces it by a forwarded one only if the proxy is trusted."""
    return str((scope.get("client") or ("",))[0])


CLOSE = {"Connection": "close"}


@dataclass(frozen=True)
class Limits:
    """Bytes of a header, bytes of a body, seconds in which a body must be complete."""

    head_bytes: int = 16_384
    body_bytes: int = 1_048_576
    body_seconds: float = 10.0


class HeaderLimits:
    """A header too large: 431. A body that is declared too large: 413, before a byte of it is read."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
            for name, value in scope["headers"]:
                size += len(name) + len(value) + 4
                if name == b"content-length":
                    self._check_length(value)
                elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                    raise HttpError(400, "bad_request", "the only Transfer-Encoding is chunked", CLOSE)
            if size > self._limits.head_bytes:
                raise HttpError(431, "header_too_large", f"at most {self._limits.head_bytes} bytes of header", CLOSE)
        await self._app(scope, receive, send)

    def _check_length(self, length: bytes) -> None:
        if not length.isdigit():
            raise HttpError(400, "bad_request", "Content-Length is not a number", CLOSE)
        if len(length) > 15 or int(length) > self._limits.body_bytes:
            raise _too_large(self._limits)


class BodyLimits:
    """The same limit for the bytes that arrive (chunks, false declarations): 413. A body that is late: 408."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not has_body(scope):
            return await self._app(scope, receive, send)
        if any(coding.strip().lower() != b"identity" for coding in header_values(scope, b"content-encoding")):
            raise HttpError(415, "bad_content_encoding", "send the body as it is, without Content-Encoding", CLOSE)
        body = _BodyReader(receive, send, self._limits)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if body.error is None:
                raise
        if body.error is not None:
            raise body.error  # in place of whatever the application raised or sent because of it
        return None


class _BodyReader:
    """One request's body. After an error, what the application sends is dropped."""

    def __init__(self, receive: Receive, send: Send, limits: Limits) -> None:
        self._receive = receive
        self._send = send
        self._limits = limits
        self._deadline = asyncio.get_running_loop().time() + limits.body_seconds
        self._bytes = 0
        self._complete = False
        self._started = False
        self.error: HttpError | None = None

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self._fail(HttpError(408, "timeout", "the body did not arrive in time", CLOSE))
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body")
        if self._bytes > self._limits.body_bytes:
            self._fail(_too_large(self._limits))
        return message

    async def send(self, message: Message) -> None:
        if self.error is not None and not self._started:
            return
        if message["type"] == "http.response.start":
            self._started = True
            if not self._complete:  # else the unread rest would be parsed as the next request
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await self._send(message)

    def _fail(self, error: HttpError) -> NoReturn:
        self.error = error
        raise error


def _too_large(limits: Limits) -> HttpError:
    return HttpError(413, "too_large", f"at most {limits.body_bytes} bytes of body", CLOSE)
