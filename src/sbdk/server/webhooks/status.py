"""How the server is: /health, /ready, /metrics, /runs and the log of one of them."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import time
from dataclasses import asdict
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sbdk.core.errors import SbdkError
from sbdk.server.http.errors import HttpError
from sbdk.server.store import Job, State
from sbdk.server.webhooks.auth import Gate
from sbdk.server.webhooks.github import json_response
from sbdk.server.webhooks.metrics import CONTENT_TYPE, Metrics
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.server.webhooks.tokens import refuse_tokens_in_url

READY_SECONDS = 1.0
"""For so long an answer of /ready stands: anybody may ask, and each look is a write to the disk."""
MOST_RUNS = 200


class StatusPages:
    """Health and readiness are for anybody; the rest is the operator's."""

    def __init__(self, settings: ServerSettings, state: State, gate: Gate, metrics: Metrics) -> None:
        self._jobs = settings.jobs
        self._state = state
        self._gate = gate
        self._metrics = metrics
        self._looking = asyncio.Lock()
        self._looked = -READY_SECONDS
        self._ready = False

    async def health(self, request: Request) -> Response:
        refuse_tokens_in_url(request.scope)
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        refuse_tokens_in_url(request.scope)
        async with self._looking:
            if time.monotonic() - self._looked >= READY_SECONDS:
                self._ready = await run_in_threadpool(self._can_store)
                self._looked = time.monotonic()
        if not self._ready:
            raise HttpError(503, "not_ready", "the server cannot store anything now", {"Retry-After": "2"})
        return json_response({"status": "ready"})

    async def metrics(self, request: Request) -> Response:
        refuse_tokens_in_url(request.scope)
        self._gate.admit_operator(request.scope)
        return Response(await run_in_threadpool(self._metrics.text), headers={"Content-Type": CONTENT_TYPE})

    async def runs(self, request: Request) -> Response:
        refuse_tokens_in_url(request.scope)
        self._gate.admit_operator(request.scope)
        limit = _number(request.query_params.get("limit", "50"), MOST_RUNS)
        jobs = await run_in_threadpool(self._state.jobs, limit)
        return json_response({"runs": [_shown(job) for job in jobs]})

    async def log(self, request: Request) -> Response:
        refuse_tokens_in_url(request.scope)
        self._gate.admit_operator(request.scope)
        number = _number(request.path_params["run"], 2**53)
        try:
            text = await run_in_threadpool(read_inside, self._jobs, f"{number}/log.txt")
        except OSError:
            raise HttpError(404, "not_found", "there is no log of such a run") from None
        return Response(text, media_type="text/plain; charset=utf-8")

    def _can_store(self) -> bool:
        try:
            self._state.check()
        except SbdkError:
            return False
        return True


def read_inside(folder: Path, name: str, limit: int = 8_000_000) -> bytes:
    """A plain file below `folder`. OSError for a link, or for what leads elsewhere by one."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PermissionError(name)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PermissionError(name)
        return file.read(limit)


def _number(text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", text) or not 1 <= int(text) <= most:
        raise HttpError(422, "invalid", f"a whole number from 1 to {most}")
    return int(text)


def _shown(job: Job) -> dict[str, object]:
    """Without the log's place, which is of no use elsewhere."""
    return {name: value for name, value in asdict(job).items() if name not in ("log", "repository_id")}
