"""What each route takes and answers, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ALWAYS = (400, 405, 408, 413, 415, 431)
_BODY = (*_ALWAYS, 403, 422, 429, 503)


@dataclass(frozen=True)
class Operation:
    """`answers`: model by status; `errors`: statuses with an Error; `body`: the schema of what is sent."""

    name: str
    summary: str
    description: str
    answers: Mapping[int, str]
    errors: Sequence[int] = _ALWAYS
    body: Mapping[str, Any] | None = None
    parameters: Sequence[Mapping[str, Any]] = ()
    security: Sequence[Mapping[str, Any]] = ()
    media: str = "application/json"


def _header(name: str, pattern: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


_DELIVERY = {
    "type": "object",
    "description": "GitHub's payload, at most 64 levels deep. Of a push only these are looked at; the rest is ignored.",
    "properties": {
        "ref": {"description": "Of a push, a text: the full name of a branch or a tag."},
        "after": {"description": "Of a push, a text: the commit, 40 or 64 hexadecimal digits."},
        "repository": {"description": "Of a push, an object: its id, a whole number, and full_name, a text."},
    },
}
_HEADERS = (
    _header("X-Hub-Signature-256", "^sha256=[0-9a-f]{64}$", "HMAC-SHA-256 of the raw body under the shared secret."),
    _header("X-GitHub-Delivery", "^[0-9A-Za-z][0-9A-Za-z-]{0,63}$", "The delivery's id."),
    _header("X-GitHub-Event", "^[a-z][a-z0-9_]{0,63}$", "The event's name."),
)
_OPERATOR: tuple[Mapping[str, Any], ...] = ({}, {"admin": []})  # none on the loopback
_LIMIT = {
    "name": "limit",
    "in": "query",
    "description": "How many.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
}
_RUN = {"name": "run", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 2**53}}


def _model(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


OPERATIONS: dict[str, Operation] = {
    "/webhook/github": Operation(
        "deliver",
        "Take a delivery of GitHub",
        "202 only once it is stored. accepted: a rebuild waits; known: this commit came before; ignored: nothing to "
        "rebuild. 200: duplicate, this delivery came before; pong, the answer to ping.",
        {202: "Delivered", 200: "Delivered"},
        (*_ALWAYS, 401, 403, 429, 503),
        _DELIVERY,
        _HEADERS,
    ),
    "/register": Operation(
        "register",
        "Register a project",
        "201 with a token, shown this once. The same again: 200 without it. Another project under a known uuid: 409.",
        {201: "Registered", 200: "Registered"},
        (*_BODY, 401, 409),
        _model("Register"),
        security=_OPERATOR,
    ),
    "/track/usage": Operation(
        "track",
        "Report usage of a project",
        "With the project's token. Another project's uuid is answered as one that does not exist.",
        {202: "Tracked"},
        (*_BODY, 401, 404),
        _model("Usage"),
        security=({"project": []},),
    ),
    "/health": Operation("health", "Whether the server lives", "", {200: "Status"}),
    "/ready": Operation("ready", "Whether it can store", "503 when it cannot.", {200: "Status"}, (*_ALWAYS, 503)),
    "/metrics": Operation(
        "metrics",
        "Figures for Prometheus",
        "",
        {200: ""},
        (*_ALWAYS, 401, 429, 503),
        security=_OPERATOR,
        media="text/plain",
    ),
    "/runs": Operation(
        "runs",
        "Rebuilds, latest first",
        "",
        {200: "Runs"},
        (*_ALWAYS, 401, 422, 429, 503),
        parameters=(_LIMIT,),
        security=_OPERATOR,
    ),
    "/runs/{run}/log": Operation(
        "log",
        "The log of a rebuild",
        "Without secrets.",
        {200: ""},
        (*_ALWAYS, 401, 404, 422, 429),
        parameters=(_RUN,),
        security=_OPERATOR,
        media="text/plain",
    ),
}
