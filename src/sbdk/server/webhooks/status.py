"""The status routes: /health and /ready for everybody; /metrics, /runs and their logs for the operator."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import time
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool

from sbdk.core.errors import SbdkError
from sbdk.server.http.errors import HttpError
from sbdk.server.store import Store
from sbdk.server.webhooks.api_route import ApiRoute, error_responses
from sbdk.server.webhooks.auth import OPTIONAL, require_operator
from sbdk.server.webhooks.metrics import CONTENT_TYPE
from sbdk.server.webhooks.models import Run, Runs, Status
from sbdk.server.webhooks.services import ServicesDep

READY_SECONDS = 1.0
"""An answer of /ready is valid for this long: anybody may ask, and each check writes to the disk."""
MAX_RUNS = 200
MAX_NUMBER = 2**53

_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def _whole_number(most: int) -> BeforeValidator:
    """Decimal digits only, which is stricter than pydantic. HttpError 422."""

    def check(value: object) -> int:
        if isinstance(value, int):
            return value
        text = str(value)
        if not re.fullmatch(r"[0-9]{1,16}", text) or not 1 <= int(text) <= most:
            raise HttpError(422, "invalid", f"a whole number from 1 to {most}")
        return int(text)

    return BeforeValidator(check)


Limit = Annotated[int, Query(ge=1, le=MAX_RUNS, description="How many."), _whole_number(MAX_RUNS)]
RunNumber = Annotated[int, PathParameter(ge=1, le=MAX_NUMBER), _whole_number(MAX_NUMBER)]

router = APIRouter(route_class=ApiRoute, tags=["status"])
operator_router = APIRouter(
    route_class=ApiRoute,
    tags=["operator"],
    dependencies=[Depends(require_operator)],
    responses=error_responses(401, 429),
)


class Readiness:
    """Whether the store can be written to, checked at most once in READY_SECONDS."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._checked = -READY_SECONDS
        self._ready = False

    async def check(self) -> bool:
        async with self._lock:
            if time.monotonic() - self._checked >= READY_SECONDS:
                self._ready = await run_in_threadpool(self._can_store)
                self._checked = time.monotonic()
        return self._ready

    def _can_store(self) -> bool:
        try:
            self._store.check()
        except SbdkError:
            return False
        return True


@router.get("/health", summary="Whether the server lives")
async def health() -> Status:
    return Status(status="ok")


@router.get("/ready", summary="Whether it can store", responses=error_responses(503))
async def ready(request: Request) -> Status:
    """503 when it cannot."""
    readiness: Readiness = request.app.state.readiness
    if not await readiness.check():
        raise HttpError(503, "not_ready", "the server cannot store anything now", {"Retry-After": "2"})
    return Status(status="ready")


@operator_router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: _TEXT, **error_responses(503)},
    openapi_extra=OPTIONAL,
)
async def metrics(services: ServicesDep) -> Response:
    return Response(await run_in_threadpool(services.metrics.text), headers={"Content-Type": CONTENT_TYPE})


@operator_router.get(
    "/runs", summary="Rebuilds, latest first", responses=error_responses(422, 503), openapi_extra=OPTIONAL
)
async def runs(services: ServicesDep, limit: Limit = 50) -> Runs:
    jobs = await run_in_threadpool(services.store.jobs, limit)
    return Runs(runs=[Run.model_validate(job, from_attributes=True) for job in jobs])


@operator_router.get(
    "/runs/{run}/log",
    summary="The log of a rebuild",
    response_class=Response,
    responses={200: _TEXT, **error_responses(404, 422)},
    openapi_extra=OPTIONAL,
)
async def log(run: RunNumber, services: ServicesDep) -> Response:
    """Without secrets."""
    try:
        text = await run_in_threadpool(read_file_below, services.settings.jobs, f"{run}/log.txt")
    except OSError:
        raise HttpError(404, "not_found", "there is no log of such a run") from None
    return Response(text, media_type="text/plain; charset=utf-8")


def read_file_below(folder: Path, name: str, limit: int = 8_000_000) -> bytes:
    """The first `limit` bytes of a plain file below `folder`. OSError for a link, or a path that a link leads out."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PermissionError(name)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PermissionError(name)
        return file.read(limit)
