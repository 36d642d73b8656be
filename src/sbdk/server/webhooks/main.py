"""The server of `sbdk webhooks`: store, job runner and API, in the order in which they start and stop."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from sbdk.core.events import Emit, silent
from sbdk.server.http.server import DRAIN_SECONDS, Server
from sbdk.server.jobs import Runner
from sbdk.server.jobs.settings import rebuild_settings
from sbdk.server.store import Store
from sbdk.server.webhooks.app import create_app
from sbdk.server.webhooks.settings import server_settings
from sbdk.spec.project import ProjectSpec
from sbdk.state.layout import StateDir

SWITCH_SECONDS = 0.0003
"""How long the busy event loop may keep the interpreter from the thread that writes; Python's default is 0.005."""


def serve(
    project: ProjectSpec,
    *,
    host: str,
    port: int,
    proxies: Sequence[str] = (),
    on_ready: Callable[[str], Any],
    emit: Emit = silent,
) -> signal.Signals | None:
    """Serve until SIGTERM or Ctrl-C, which is returned.

    ConfigError without a secret, UsageError beyond the loopback without an admin token, AddressInUse, LockHeld when
    another server works on the project; all before anything is written or listens.
    """
    settings = server_settings(project, host, proxies)
    sys.setswitchinterval(SWITCH_SECONDS)
    store = Store(StateDir(project.state).server_database)
    runner = Runner(store, rebuild_settings(project), emit=emit)
    stopping: list[float] = []

    def ready(url: str) -> None:
        runner.start()
        on_ready(url)

    try:
        drained = DRAIN_SECONDS // 2
        app = create_app(settings, store)
        server = Server(
            app, host, port, proxies=proxies, drain=drained, on_stop=lambda: stopping.append(time.monotonic())
        )
        try:
            return server.run(ready)
        finally:
            spent = time.monotonic() - stopping[0] if stopping else 0.0
            runner.stop(DRAIN_SECONDS - spent)
    finally:
        store.close()


def secrets_of(project: ProjectSpec) -> tuple[str, ...]:
    """The values that no log may show."""
    from sbdk.core.redact import secrets_of_url

    url = project.config.webhooks.repository_url or ""
    return (*project.secrets.values(), *secrets_of_url(url))
