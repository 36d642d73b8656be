"""Which names a server answers to: against DNS rebinding, where a foreign name is made to point here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from sbdk.server.http.errors import Refusal
from sbdk.server.http.headers import values

_HOST = re.compile(rb"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


def loopback_hosts() -> list[str]:
    """The names of this machine that never leave it."""
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
    """Names for a server bound to `host`: the loopback's, its own, and those given by name."""
    own = f"[{host}]" if ":" in host else host
    return [*loopback_hosts(), own, *more]


class Names:
    """Exactly one Host, well formed (RFC 9110, 7.2), and on the list; its port is free."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = {canonical(host.encode("idna") if not host.isascii() else host.encode()) for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = values(scope, b"host")
            name = canonical(given[0]) if len(given) == 1 else None
            if name is None or name not in self._hosts:
                raise Refusal(400, "bad_host", "this server does not answer to that Host", {"Connection": "close"})
        await self._app(scope, receive, send)


def canonical(host: bytes) -> str | None:
    """The name without its port, in small letters; None if it is not a host."""
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    if match["v6"] is None:
        return match["name"].decode().lower()
    try:
        return f"[{ipaddress.IPv6Address(match['v6'].decode()).compressed}]"
    except ValueError:
        return None
