"""The objects that the routes share. Each application has its own, in `app.state.services`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from sbdk.server.store import Store
from sbdk.server.webhooks.metrics import Metrics
from sbdk.server.webhooks.rate_limit import RateLimit
from sbdk.server.webhooks.security_log import SecurityLog
from sbdk.server.webhooks.settings import ServerSettings


@dataclass(frozen=True)
class Services:
    """Rate limits are per minute: of tokens and signatures that are wrong, by client address; of registrations, by
    client address; of reports, by project."""

    settings: ServerSettings
    store: Store
    metrics: Metrics
    security_log: SecurityLog
    bad_tokens: RateLimit
    bad_signatures: RateLimit
    registrations: RateLimit
    reports: RateLimit


def create_services(settings: ServerSettings, store: Store) -> Services:
    return Services(
        settings,
        store,
        Metrics(store),
        SecurityLog(),
        bad_tokens=RateLimit(settings.bad_tokens_a_minute),
        bad_signatures=RateLimit(settings.bad_signatures_a_minute),
        registrations=RateLimit(settings.registrations_a_minute),
        reports=RateLimit(settings.reports_a_minute),
    )


def services_of(request: Request) -> Services:
    """Of the application that serves the request; a plain call costs a busy route less than a dependency."""
    return cast(Services, request.app.state.services)


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]
