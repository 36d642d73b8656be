"""`POST /register` and `POST /track/usage`: projects that report, each by its own token."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import uuid4

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from sbdk.server.http.body import parse_json_object, read_body
from sbdk.server.http.errors import HttpError
from sbdk.server.http.headers import client_address
from sbdk.server.store import Project, State, UsageEvent
from sbdk.server.webhooks.auth import Gate
from sbdk.server.webhooks.github import json_response, require_json
from sbdk.server.webhooks.models import Body, Event, Register, Usage
from sbdk.server.webhooks.rate_limit import Rate
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.server.webhooks.tokens import hash_of, new_token, refuse_tokens_in_url

M = TypeVar("M", bound=Body)


class Projects:
    """The order is that of all routes: type, size, who, how often, and only then what."""

    def __init__(self, settings: ServerSettings, state: State, gate: Gate) -> None:
        self._settings = settings
        self._state = state
        self._gate = gate
        self._registrations = Rate(settings.registrations_a_minute)
        self._reports = Rate(settings.reports_a_minute)

    async def register(self, request: Request) -> Response:
        body = await _body(request)
        self._gate.admit_operator(request.scope)
        self._registrations.take(client_address(request.scope))
        wanted = _valid(Register, body)
        uuid = wanted.uuid or str(uuid4())
        token = new_token(uuid, self._settings.token_days)
        outcome = await self._state.register(Project(uuid, wanted.project, hash_of(token)))
        if outcome == "conflict":
            raise HttpError(409, "conflict", "this uuid is registered by another project")
        known = {"uuid": uuid, "project": wanted.project}
        return json_response(known) if outcome == "same" else json_response({**known, "token": token}, 201)

    async def track(self, request: Request) -> Response:
        body = await _body(request)
        project = self._gate.admit_project(request.scope)
        self._reports.take(project.uuid)
        usage = _valid(Usage, body)
        if usage.uuid != project.uuid:
            raise HttpError(404, "not_found", "there is no such project for this token")
        stored = await self._state.track(project.uuid, [_stored(event) for event in usage.events])
        return json_response({"stored": stored}, 202)


async def _body(request: Request) -> bytes:
    refuse_tokens_in_url(request.scope)
    require_json(request.scope)
    return await read_body(request.receive)


def _valid(model: type[M], body: bytes) -> M:
    """Refusal: 400 if it is no JSON object, 422 naming the first field that is wrong, and not its value."""
    try:
        return model.model_validate(parse_json_object(body))
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False)[0]) from None


def _invalid(problem: Any) -> HttpError:
    """A name that was sent is input, too: only those that we know are named."""
    kind, place = problem["type"], problem["loc"]
    if kind == "extra_forbidden":
        return HttpError(422, "invalid", "a field that is not known")
    if place == ("project",):
        return HttpError(
            422, "bad_project_name", "project: a small letter, then small letters, digits, _ or -; at most 63"
        )
    known = {*Register.model_fields, *Usage.model_fields, *Event.model_fields}
    where = ".".join(str(part) for part in place if isinstance(part, int) or part in known)
    return HttpError(422, "invalid", f"{where or 'body'}: {kind}")


def _stored(event: Event) -> UsageEvent:
    data: dict[str, Any] = {"n": event.n, "seconds": event.seconds, "data": event.data}
    return UsageEvent(event.name, event.at, orjson.dumps(data).decode())
