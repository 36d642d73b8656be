"""`sbdk webhooks`: the API server."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Verbose, open_project
from sbdk.core.errors import Interrupted, UsageError
from sbdk.core.events import Noted, RunEvent, Warned
from sbdk.core.redact import Redactor

if TYPE_CHECKING:
    from sbdk.spec.project import ProjectSpec


def add_to(app: typer.Typer) -> None:
    app.command("webhooks")(webhooks)


def webhooks(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; beyond this machine it needs an admin token.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", "-p", help="Port; webhooks.port if absent, 0 takes a free one.")
    ] = None,
    forwarded_allow_ips: Annotated[
        str | None,
        typer.Option("--forwarded-allow-ips", help="Proxies whose X-Forwarded-For is trusted: addresses, commas."),
    ] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="Target that a push rebuilds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as one JSON object.")] = False,
    verbose: Verbose = False,
) -> None:
    """Serve the API: a push to the repository rebuilds the project; projects register and report."""
    out = Output(as_json=as_json, verbose=verbose)
    if port is not None and not 0 <= port <= 65_535:
        raise UsageError(f"--port {port} is not a port", hint="from 0 to 65535; 0 takes a free one")
    from sbdk.server.webhooks.main import secrets_of, serve
    from sbdk.server.webhooks.settings import weak_secrets

    project = open_project(out, target=target).loaded
    for warning in weak_secrets(project):
        out.warning(warning)
    _log_to_stderr(secrets_of(project))
    ended_by = serve(
        project,
        host=host,
        port=project.config.webhooks.port if port is None else port,
        proxies=_addresses(forwarded_allow_ips),
        on_ready=lambda url: _print_address(out, url, project),
        emit=_log,
    )
    if ended_by == signal.SIGINT:
        raise Interrupted("stopped", hint="jobs that wait are run at the next start")


def _addresses(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _print_address(out: Output, url: str, project: ProjectSpec) -> None:
    webhooks = project.config.webhooks
    if out.as_json:
        out.object({"url": url, "webhook": f"{url}/webhook/github", "branch": webhooks.branch})
        sys.stdout.flush()
    out.line(f"Listening on {url} (Ctrl-C stops it)", "bold")
    out.line("  GitHub's payload URL ends in   /webhook/github   (content type application/json)")
    if webhooks.repository_url is None:
        out.line("  no webhooks.repository_url: pushes are stored and ignored")
    else:
        out.line(
            f"  pushes to {webhooks.branch} of repository {webhooks.repository_id} rebuild {project.config.target}"
        )


def _log(event: RunEvent) -> None:
    if isinstance(event, Warned | Noted):
        level = logging.WARNING if isinstance(event, Warned) else logging.INFO
        logging.getLogger("sbdk.jobs").log(level, "%s", event.text)


def _log_to_stderr(secrets: Iterable[str]) -> None:
    """Log to standard error, one line per record with its time in UTC, without secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(_RedactingFormatter(secrets))
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("sbdk").setLevel(logging.INFO)


class _RedactingFormatter(logging.Formatter):
    """Replaces secrets in the whole line, traceback included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        import time

        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime
        self._redact = Redactor(secrets).text

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))
