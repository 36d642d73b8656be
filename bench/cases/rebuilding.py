"""Deliveries while the server rebuilds: `sbdk webhooks` as a user starts it, and a real `sbdk dev` below it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bench.cases.projects import SBDK, project
from bench.hammer import PATH, request

SECRET = "secret-of-the-bench"
VOLUME = {"users": 400_000, "events": 2_000_000, "orders": 800_000}  # so that a rebuild outlasts what is measured


@contextmanager
def rebuilding() -> Iterator[str]:
    """The URL of a server that has just begun to rebuild; RuntimeError if it was at its end before the caller was."""
    with project(**VOLUME) as repository:
        commit = committed(repository)
        server = repository.with_name("server")
        server.mkdir()
        webhooks = {"repository_url": str(repository), "repository_id": 1}
        (server / "sbdk_config.json").write_text(json.dumps({"project": "shop", "webhooks": webhooks}))
        command, secret = [SBDK, "webhooks", "--port", "0", "--json"], {"SBDK_WEBHOOKS__SECRET": SECRET}
        with subprocess.Popen(
            command, cwd=server, env={**os.environ, **secret}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            try:
                url = json.loads(process.stdout.readline())["url"]
                push(url, commit)
                while _status(url, commit) == "queued":
                    time.sleep(0.05)
                yield url
                if _status(url, commit) != "running":
                    raise RuntimeError("the rebuild did not last as long as the measurement")
            finally:
                process.terminate()


def committed(folder: Path) -> str:
    """The folder's files as a commit of a repository of its own."""
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "-m", "shop"]):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def push(url: str, commit: str) -> None:
    """One delivery, made by the load generator's own means."""
    payload = {"ref": "refs/heads/main", "after": commit, "repository": {"id": 1, "full_name": "someone/shop"}}
    head, _, body = request(json.dumps(payload).encode(), "127.0.0.1", SECRET.encode()).partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    with urlopen(Request(url + PATH, body, fields)) as answer:
        assert answer.status == 202


def _status(url: str, commit: str) -> str:
    with urlopen(f"{url}/runs?limit=200") as answer:
        runs: list[dict[str, Any]] = json.load(answer)["runs"]
    return next((str(run["status"]) for run in runs if run["commit"] == commit), "running")
