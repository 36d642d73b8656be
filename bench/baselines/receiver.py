"""python bench/baselines/receiver.py FOLDER SECRET: the API of `sbdk webhooks` as it is, without a job runner.

Pushes to main of repository 1 are accepted, and stored with their jobs, which nothing takes: what is measured is the
way from a request to a durable answer.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sbdk.server.http.hosts import loopback_hosts
from sbdk.server.http.server import Server
from sbdk.server.store import Store
from sbdk.server.webhooks.app import create_app
from sbdk.server.webhooks.github import AllowedRef, WebhookSecrets
from sbdk.server.webhooks.main import SWITCH_SECONDS
from sbdk.server.webhooks.settings import ServerSettings

if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_SECONDS)
    folder, secret = Path(sys.argv[1]), sys.argv[2]
    state = Store(folder / "server.sqlite")
    settings = ServerSettings(
        WebhookSecrets(secret.encode()), AllowedRef(1, "main"), folder / "jobs", hosts=loopback_hosts()
    )
    Server(create_app(settings, state)).run(lambda url: print(url, flush=True))
    state.close()
