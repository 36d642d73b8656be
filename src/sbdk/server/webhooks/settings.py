"""The settings of the API, from a project's configuration and its secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sbdk.core.errors import ConfigError, UsageError
from sbdk.server.http.hosts import hosts_for, is_loopback
from sbdk.server.webhooks.github import AllowedRef, WebhookSecrets
from sbdk.server.webhooks.tokens import hash_token
from sbdk.spec.config_sections import ADMIN_TOKEN, SECRET, SECRET_PREVIOUS
from sbdk.spec.project import ProjectSpec
from sbdk.state.layout import StateDir

SHORTEST = 16


@dataclass(frozen=True)
class ServerSettings:
    """`private`: reached from this machine only, so that registration, runs and metrics need no token."""

    secrets: WebhookSecrets
    allowed: AllowedRef
    jobs: Path
    private: bool = True
    admin_token: bytes | None = field(default=None, repr=False)
    token_days: int = 365
    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()
    registrations_a_minute: int = 60
    reports_a_minute: int = 600
    bad_tokens_a_minute: int = 10
    bad_signatures_a_minute: int = 600


def server_settings(project: ProjectSpec, host: str, proxies: Sequence[str] = ()) -> ServerSettings:
    """For a server on `host`. ConfigError without a secret; UsageError beyond the loopback without an admin token."""
    webhooks, secrets = project.config.webhooks, project.secrets
    private = is_loopback(host) and not proxies
    token = _secret(secrets, ADMIN_TOKEN)
    if token is None and not private:
        reach = f"--host {host} is" if not is_loopback(host) else "behind a proxy the server is"
        hint = f"set {ADMIN_TOKEN}, for example to the output of: openssl rand -hex 32"
        raise UsageError(f"{reach} reached from other machines, and {ADMIN_TOKEN} is not set", hint=hint)
    return ServerSettings(
        secrets=_webhook_secrets(project),
        allowed=AllowedRef(webhooks.repository_id, webhooks.branch),
        jobs=StateDir(project.state).jobs,
        private=private,
        admin_token=hash_token(token) if token else None,
        token_days=webhooks.token_days,
        hosts=hosts_for(host, webhooks.allowed_hosts),
        origins=webhooks.allowed_origins,
    )


def weak_secrets(project: ProjectSpec) -> list[str]:
    """One warning for each secret that is short enough to be guessed, and for a previous one that is never taken."""
    named = {name: _secret(project.secrets, name) for name in (SECRET, SECRET_PREVIOUS, ADMIN_TOKEN)}
    warnings = [
        f"{name} has {len(value)} characters; take at least {SHORTEST}"
        for name, value in named.items()
        if value and len(value) < SHORTEST
    ]
    if named[SECRET_PREVIOUS] and project.config.webhooks.secret_previous_until is None:
        warnings.append(f"{SECRET_PREVIOUS} is not taken: webhooks.secret_previous_until is not set")
    return warnings


def _webhook_secrets(project: ProjectSpec) -> WebhookSecrets:
    current = _secret(project.secrets, SECRET)
    if current is None:
        hint = f"set {SECRET} in the environment or in .env to what the webhook has at GitHub (openssl rand -hex 32)"
        raise ConfigError("webhooks.secret is not set, and without it every sender would be believed", hint=hint)
    previous = _secret(project.secrets, SECRET_PREVIOUS)
    until = project.config.webhooks.secret_previous_until
    return WebhookSecrets(current.encode(), previous.encode() if previous else None, until)


def _secret(secrets: Mapping[str, str], name: str) -> str | None:
    return secrets.get(name, "").strip() or None
