"""`POST /register` and `POST /track/usage`: projects that report, each with its own token."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError

from sbdk.server.http.errors import HttpError, error_response
from sbdk.server.http.limits import client_address
from sbdk.server.store import RegisteredProject, UsageEvent
from sbdk.server.webhooks.api_route import JsonRoute, error_responses
from sbdk.server.webhooks.auth import OPTIONAL, ProjectDep, require_operator
from sbdk.server.webhooks.models import Event, Register, Registered, Tracked, Usage
from sbdk.server.webhooks.services import ServicesDep
from sbdk.server.webhooks.tokens import hash_token, new_token

_KNOWN_FIELDS = {*Register.model_fields, *Usage.model_fields, *Event.model_fields}

router = APIRouter(route_class=JsonRoute, tags=["projects"], responses=error_responses(401, 403, 422, 429, 503))


async def limit_registrations(request: Request, services: ServicesDep) -> None:
    services.registrations.enforce(client_address(request.scope))


async def limit_reports(project: ProjectDep, services: ServicesDep) -> None:
    services.reports.enforce(project.uuid)


@router.post(
    "/register",
    status_code=201,
    summary="Register a project",
    response_model_exclude_none=True,
    responses={200: {"model": Registered}, **error_responses(409)},
    dependencies=[Depends(require_operator), Depends(limit_registrations)],
    openapi_extra=OPTIONAL,
)
async def register(registration: Register, response: Response, services: ServicesDep) -> Registered:
    """201 with a token, shown this once. The same again: 200 without it. Another project under a known uuid: 409."""
    uuid = registration.uuid or str(uuid4())
    token = new_token(uuid, services.settings.token_days)
    outcome = await services.store.register(RegisteredProject(uuid, registration.project, hash_token(token)))
    if outcome == "conflict":
        raise HttpError(409, "conflict", "this uuid is registered by another project")
    if outcome == "same":
        response.status_code = 200
        return Registered(uuid=uuid, project=registration.project)
    return Registered(uuid=uuid, project=registration.project, token=token)


@router.post(
    "/track/usage",
    status_code=202,
    summary="Report usage of a project",
    responses=error_responses(404),
    dependencies=[Depends(limit_reports)],
)
async def track(usage: Usage, project: ProjectDep, services: ServicesDep) -> Tracked:
    """With the project's token. Another project's uuid is answered as one that does not exist."""
    if usage.uuid != project.uuid:
        raise HttpError(404, "not_found", "there is no such project for this token")
    stored = await services.store.track(project.uuid, [_usage_event(event) for event in usage.events])
    return Tracked(stored=stored)


async def invalid_body(request: Request, error: RequestValidationError) -> Response:
    """The response to a body that does not fit its model; of several errors the first."""
    return error_response(_http_error(error.errors()[0]), request.scope)


def _http_error(problem: dict[str, Any]) -> HttpError:
    """422 with the first wrong field. Of the names that were sent, which are input too, only known ones appear."""
    kind, place = problem["type"], problem["loc"][1:]
    if kind == "missing" and not place:
        return HttpError(400, "bad_json", "the body is not JSON in UTF-8")
    if kind == "extra_forbidden":
        return HttpError(422, "invalid", "a field that is not known")
    if place == ("project",):
        return HttpError(
            422, "bad_project_name", "project: a small letter, then small letters, digits, _ or -; at most 63"
        )
    where = ".".join(str(part) for part in place if isinstance(part, int) or part in _KNOWN_FIELDS)
    return HttpError(422, "invalid", f"{where or 'body'}: {kind}")


def _usage_event(event: Event) -> UsageEvent:
    data: dict[str, Any] = {"n": event.n, "seconds": event.seconds, "data": event.data}
    return UsageEvent(event.name, event.at, orjson.dumps(data).decode())
