"""`POST /webhook/github`: a signed delivery is stored before it is answered. The route is written for speed."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.types import Scope

from sbdk.server.http.body import parse_json_object, read_body
from sbdk.server.http.errors import HttpError
from sbdk.server.http.limits import client_address, header_values
from sbdk.server.store import Delivery, Push
from sbdk.server.webhooks.api_route import ApiRoute, error_responses, require_json
from sbdk.server.webhooks.github import read_push
from sbdk.server.webhooks.models import Delivered
from sbdk.server.webhooks.services import Services, services_of

PATH = "/webhook/github"
STATUS = {"duplicate": 200, "pong": 200, "accepted": 202, "known": 202, "ignored": 202}

_DELIVERY = re.compile(rb"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_EVENT = re.compile(rb"[a-z][a-z0-9_]{0,63}")


def _header(name: str, pattern: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


_PAYLOAD = {
    "type": "object",
    "description": "GitHub's payload, at most 64 levels deep. Of a push only these are looked at; the rest is ignored.",
    "properties": {
        "ref": {"description": "Of a push, a text: the full name of a branch or a tag."},
        "after": {"description": "Of a push, a text: the commit, 40 or 64 hexadecimal digits."},
        "repository": {"description": "Of a push, an object: its id, a whole number, and full_name, a text."},
    },
}
_REQUEST = {
    "parameters": [
        _header(
            "X-Hub-Signature-256", "^sha256=[0-9a-f]{64}$", "HMAC-SHA-256 of the raw body under the shared secret."
        ),
        _header("X-GitHub-Delivery", "^[0-9A-Za-z][0-9A-Za-z-]{0,63}$", "The delivery's id."),
        _header("X-GitHub-Event", "^[a-z][a-z0-9_]{0,63}$", "The event's name."),
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _PAYLOAD}}},
}
"""The signature covers the raw body, so the route reads the request itself, and OpenAPI needs this declaration."""

router = APIRouter(route_class=ApiRoute, tags=["deliveries"])


async def signed_body(request: Request) -> bytes:
    """The raw body, read once, if it is signed with the secret. HttpError: 415, 401, or 429 after too many."""
    services = services_of(request)
    require_json(request.scope)
    body = await read_body(request.receive)
    secret = services.settings.secrets.signed_with(header_values(request.scope, b"x-hub-signature-256"), body)
    if secret == "previous":
        services.security_log.warn("signed", request.scope, secret="previous")
    if secret is None:
        services.security_log.warn("bad_signature", request.scope)
        services.bad_signatures.enforce(client_address(request.scope))
        raise HttpError(401, "bad_signature", "X-Hub-Signature-256 is not this body's under the shared secret")
    return body


@router.post(
    PATH,
    status_code=202,
    response_model=Delivered,
    summary="Take a delivery of GitHub",
    responses={200: {"model": Delivered}, **error_responses(401, 403, 429, 503)},
    openapi_extra=_REQUEST,
)
async def deliver(request: Request, body: Annotated[bytes, Depends(signed_body)]) -> Response:
    """202 only once it is stored. accepted: a rebuild waits; known: this commit came before; ignored: nothing to
    rebuild. 200: duplicate, this delivery came before; pong, the answer to ping."""
    began, services = time.perf_counter(), services_of(request)
    delivery = _read_delivery(request.scope, parse_json_object(body), services)
    outcome = await services.store.accept(delivery)
    services.metrics.count_delivery(outcome)
    services.metrics.delivery_seconds.observe(time.perf_counter() - began)
    status = "pong" if delivery.event == "ping" and outcome == "ignored" else outcome
    return Response(b'{"status":"%s"}' % status.encode(), STATUS[status], media_type="application/json")


def _read_delivery(scope: Scope, payload: dict[str, Any], services: Services) -> Delivery:
    delivery_id = _single_header(scope, b"x-github-delivery", _DELIVERY, "bad_delivery_id")
    event = _single_header(scope, b"x-github-event", _EVENT, "bad_event")
    return Delivery(delivery_id, event, _push_to_build(scope, payload, services) if event == "push" else None)


def _push_to_build(scope: Scope, payload: dict[str, Any], services: Services) -> Push | None:
    push, allowed = read_push(payload), services.settings.allowed
    if not allowed.allows_repository(push):
        services.security_log.warn("repository_not_allowed", scope, repository_id=push.repository_id)
        return None
    return push if allowed.allows_commit(push) else None


def _single_header(scope: Scope, name: bytes, form: re.Pattern[bytes], code: str) -> str:
    """The value of a header that must be there once and well formed."""
    values = header_values(scope, name)
    if len(values) != 1 or not form.fullmatch(values[0]):
        raise HttpError(400, code, f"{name.decode()} must be there once, and well formed")
    return values[0].decode()
