"""What every request passes before the application sees it: pure ASGI, usable around any app.

    app = guarded(inner, hosts=loopback_hosts())

The order: size of the head → declared size of the body → Host → Origin → Content-Encoding → (while the body is read)
its size and its time. Every answer carries the security headers and a request id; every error has the same body,
`{"error", "detail", "request_id"}`.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp

from sbdk.server.http.body import read_body
from sbdk.server.http.errors import Refusal, error_handlers
from sbdk.server.http.guards import API_CSP, Answers
from sbdk.server.http.hosts import Names, hosts_for, is_loopback, loopback_hosts
from sbdk.server.http.limits import Bodies, Heads, Limits
from sbdk.server.http.origins import Origins

__all__ = [
    "API_CSP",
    "Limits",
    "Refusal",
    "error_handlers",
    "guarded",
    "hosts_for",
    "is_loopback",
    "loopback_hosts",
    "read_body",
]


def guarded(
    app: ASGIApp,
    *,
    hosts: Collection[str],
    origins: Collection[str] = (),
    limits: Limits = Limits(),
    csp: str = API_CSP,
) -> ASGIApp:
    """`app` behind all guards. `hosts`: names without port, IPv6 in brackets; `origins`: exact strings, for CORS."""
    app = Bodies(app, limits)
    app = Origins(app, origins)
    app = Names(app, hosts)
    app = Heads(app, limits)
    return Answers(app, csp)
