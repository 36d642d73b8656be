"""Authorization: projects by their tokens, the operator by the admin token, and on the loopback everybody.

The dependencies raise HttpError: 401, or 429 for the next bad token after too many in a minute from one address.
"""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import Scope

from sbdk.server.http.errors import HttpError
from sbdk.server.http.hosts import loopback_hosts
from sbdk.server.http.limits import canonical_host, client_address, header_values
from sbdk.server.store import RegisteredProject
from sbdk.server.webhooks.services import Services, ServicesDep
from sbdk.server.webhooks.tokens import bearer_token, token_matches, token_owner

ADMIN = HTTPBearer(
    scheme_name="admin", description="SBDK_WEBHOOKS__ADMIN_TOKEN; not on the loopback.", auto_error=False
)
PROJECT = HTTPBearer(scheme_name="project", description="The token that /register answered with.", auto_error=False)
OPTIONAL: dict[str, Any] = {"security": [{}]}
"""For `openapi_extra` of an operator's route: on the loopback no token is needed."""

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")
_Credentials = HTTPAuthorizationCredentials | None


async def require_operator(
    request: Request, services: ServicesDep, declared: Annotated[_Credentials, Security(ADMIN)]
) -> None:
    """No token on the loopback, elsewhere the admin token. `declared` is for OpenAPI; the header is read strictly."""
    check_operator(request.scope, services)


def check_operator(scope: Scope, services: Services) -> None:
    if is_local(scope, services):
        return
    token, known = bearer_token(scope), services.settings.admin_token
    if token is None or known is None or not token_matches(token, known):
        _reject(scope, services, presented=token is not None)


async def require_project(
    request: Request, services: ServicesDep, declared: Annotated[_Credentials, Security(PROJECT)]
) -> RegisteredProject:
    """The project whose token the request carries."""
    token = bearer_token(request.scope)
    uuid = token_owner(token) if token else None
    project = services.store.project(uuid) if uuid else None
    if token is None or project is None or not token_matches(token, project.token_hash):
        _reject(request.scope, services, presented=token is not None)
    return project


ProjectDep = Annotated[RegisteredProject, Depends(require_project)]


def is_local(scope: Scope, services: Services) -> bool:
    """Whether the request comes from this machine to this machine, as far as it shows: not through a proxy."""
    host = canonical_host(header_values(scope, b"host")[0])
    return (
        services.settings.private
        and host in loopback_hosts()
        and not any(name in _FORWARDED for name, _ in scope["headers"])
    )


def _reject(scope: Scope, services: Services, *, presented: bool) -> NoReturn:
    if presented:
        services.security_log.warn("bad_token", scope)
        services.bad_tokens.enforce(client_address(scope))
    raise HttpError(401, "unauthorized", "this needs a valid bearer token", {"WWW-Authenticate": "Bearer"})
