"""The accepted Host names, against DNS rebinding, and the origins whose pages may call the server (CORS)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sbdk.server.http.errors import HttpError
from sbdk.server.http.limits import canonical_host, header_values

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
CLOSE = {"Connection": "close"}


def loopback_hosts() -> list[str]:
    """The names of the loopback interface, which no other machine can reach."""
    return ["localhost", "127.0.0.1", "[::1]"]


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def hosts_for(host: str, more: Collection[str] = ()) -> list[str]:
    """Names for a server bound to `host`: the loopback's, its own, and those in `more`."""
    own = f"[{host}]" if ":" in host else host
    return [*loopback_hosts(), own, *more]


class TrustedHosts:
    """Requires exactly one Host, well formed (RFC 9110, 7.2) and on the list; the port does not matter."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = {canonical_host(host.encode("idna") if not host.isascii() else host.encode()) for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            values = header_values(scope, b"host")
            name = canonical_host(values[0]) if len(values) == 1 else None
            if name is None or name not in self._hosts:
                raise HttpError(400, "bad_host", "this server does not answer to that Host", CLOSE)
        await self._app(scope, receive, send)


class AllowedOrigins:
    """Pages of other origins may change nothing here, and read only if their origin is listed.

    `allowed` are exact strings such as https://app.example.com; never a pattern, and never with credentials.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = {origin.encode() for origin in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = header_values(scope, b"origin") if scope["type"] == "http" else []
        if not origins:
            if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
                _reject_cross_site(scope)
            return await self._app(scope, receive, send)
        listed = len(origins) == 1 and origins[0] in self._allowed
        if scope["method"] not in SAFE_METHODS and not listed and not _same_origin(scope, origins):
            raise HttpError(403, "bad_origin", "pages of that origin may not call this", CLOSE)
        if not listed:
            return await self._app(scope, receive, send)
        if scope["method"] == "OPTIONS" and header_values(scope, b"access-control-request-method"):
            return await _preflight(origins[0])(scope, receive, send)
        return await self._app(scope, receive, _with_cors(origins[0], send))


def _reject_cross_site(scope: Scope) -> None:
    """A browser that sends no Origin still declares its site (Fetch Metadata)."""
    if b"cross-site" in header_values(scope, b"sec-fetch-site"):
        raise HttpError(403, "bad_origin", "pages of other sites may not call this", CLOSE)


def _same_origin(scope: Scope, origins: list[bytes]) -> bool:
    """Whether the page is the server's own. The scheme may differ: a proxy in front may speak TLS."""
    host = header_values(scope, b"host")[0].lower()
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


def _with_cors(origin: bytes, send: Send) -> Send:
    async def send_with_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            cors = ((b"access-control-allow-origin", origin), (b"vary", b"Origin"))
            policy = (b"cross-origin-resource-policy", b"cross-origin")
            message["headers"] = [*message.get("headers", ()), *cors, policy]
        await send(message)

    return send_with_cors
