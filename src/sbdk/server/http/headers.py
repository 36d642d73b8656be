"""Header fields of an ASGI scope: their values, the host, the client's address."""

from __future__ import annotations

import ipaddress
import re

from starlette.types import Scope

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
