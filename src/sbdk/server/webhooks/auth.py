"""Who may: projects by their tokens, the operator by the admin token, and on the loopback whoever is there."""

from __future__ import annotations

from typing import NoReturn

from starlette.types import Scope

from sbdk.server.http.errors import HttpError
from sbdk.server.http.headers import canonical_host, client_address, header_values
from sbdk.server.http.hosts import loopback_hosts
from sbdk.server.store import Project, State
from sbdk.server.webhooks.metrics import SecurityLog
from sbdk.server.webhooks.rate_limit import Rate, too_many
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.server.webhooks.tokens import bearer, owner_of, same

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")


class Gate:
    """Raises HttpError: 401, or 429 for the next bad token after so many in a minute from one address."""

    def __init__(self, settings: ServerSettings, state: State, security: SecurityLog) -> None:
        self._settings = settings
        self._state = state
        self._security = security
        self._bad = Rate(settings.bad_tokens_a_minute)

    def is_local(self, scope: Scope) -> bool:
        """From this machine to this machine, as far as a request can tell: what came through a proxy is not."""
        host = canonical_host(header_values(scope, b"host")[0])
        return (
            self._settings.private
            and host in loopback_hosts()
            and not any(name in _FORWARDED for name, _ in scope["headers"])
        )

    def admit_operator(self, scope: Scope) -> None:
        """For /register, /runs, /metrics: no token on the loopback, elsewhere the admin token."""
        if self.is_local(scope):
            return
        token, known = bearer(scope), self._settings.admin_token
        if token is None or known is None or not same(token, known):
            self._refuse(scope, presented=token is not None)

    def admit_project(self, scope: Scope) -> Project:
        """The project whose token this is."""
        token = bearer(scope)
        uuid = owner_of(token) if token else None
        project = self._state.project(uuid) if uuid else None
        if token is None or project is None or not same(token, project.token_hash):
            self._refuse(scope, presented=token is not None)
        return project

    def _refuse(self, scope: Scope, *, presented: bool) -> NoReturn:
        if presented:
            self._security.note("bad_token", scope)
            if wait := self._bad.wait(client_address(scope)):
                raise too_many(wait)
        raise HttpError(401, "unauthorized", "this needs a valid bearer token", {"WWW-Authenticate": "Bearer"})
