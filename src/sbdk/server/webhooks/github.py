"""`POST /webhook/github`: signed deliveries in, durable answers out. This is the path that must be quick."""

from __future__ import annotations

import re
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope

from sbdk.server.http.body import parse_json_object, read_body
from sbdk.server.http.errors import HttpError
from sbdk.server.http.headers import header_values
from sbdk.server.store import Delivery, Push, State
from sbdk.server.webhooks.metrics import Metrics, SecurityLog
from sbdk.server.webhooks.pushes import Allowed, read_push
from sbdk.server.webhooks.rate_limit import Rate, too_many
from sbdk.server.webhooks.settings import ServerSettings
from sbdk.server.webhooks.tokens import refuse_tokens_in_url

_JSON = re.compile(rb"application/json(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)
_DELIVERY = re.compile(rb"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_EVENT = re.compile(rb"[a-z][a-z0-9_]{0,63}")
STATUS = {"duplicate": 200, "pong": 200, "accepted": 202, "known": 202, "ignored": 202}


def require_json(scope: Scope) -> None:
    """Refusal: 415 unless the body is declared as JSON."""
    given = header_values(scope, b"content-type")
    if len(given) != 1 or not _JSON.fullmatch(given[0]):
        hint = "send application/json; at GitHub set the webhook's content type to it"
        raise HttpError(415, "bad_content_type", hint, {"Connection": "close"})


class Receiver:
    """Answers deliveries. Of who is not GitHub nothing is read but the signature."""

    def __init__(self, settings: ServerSettings, state: State, metrics: Metrics, security: SecurityLog) -> None:
        self._secrets = settings.secrets
        self._allowed: Allowed = settings.allowed
        self._state = state
        self._metrics = metrics
        self._security = security
        self._bad = Rate(settings.bad_signatures_a_minute)

    async def respond(self, scope: Scope, receive: Receive) -> Response:
        """The answer to one delivery, once what it says is stored. Raises HttpError."""
        refuse_tokens_in_url(scope)
        require_json(scope)
        body = await read_body(receive)
        self._authenticate(scope, body)
        payload = parse_json_object(body)
        delivery = self._delivery(scope, payload)
        outcome = await self._state.accept(delivery)
        self._metrics.delivered(outcome)
        status = "pong" if delivery.event == "ping" and outcome == "ignored" else outcome
        return Response(b'{"status":"%s"}' % status.encode(), STATUS[status], media_type="application/json")

    def _authenticate(self, scope: Scope, body: bytes) -> None:
        by = self._secrets.signed_by(header_values(scope, b"x-hub-signature-256"), body)
        if by == "previous":
            self._security.note("signed", scope, secret="previous")
        if by is not None:
            return
        self._security.note("bad_signature", scope)
        if wait := self._bad.wait((scope.get("client") or ("",))[0]):
            raise too_many(wait)
        raise HttpError(401, "bad_signature", "X-Hub-Signature-256 is not this body's under the shared secret")

    def _delivery(self, scope: Scope, payload: dict[str, Any]) -> Delivery:
        delivery_id = _only(scope, b"x-github-delivery", _DELIVERY, "bad_delivery_id")
        event = _only(scope, b"x-github-event", _EVENT, "bad_event")
        push = self._to_build(scope, payload) if event == "push" else None
        return Delivery(delivery_id, event, push)

    def _to_build(self, scope: Scope, payload: dict[str, Any]) -> Push | None:
        push = read_push(payload)
        if not self._allowed.repository(push):
            self._security.note("repository_not_allowed", scope, repository_id=push.repository_id)
            return None
        return push if self._allowed.commit(push) else None


def _only(scope: Scope, name: bytes, form: re.Pattern[bytes], code: str) -> str:
    """The value of a header that must be there once and well formed."""
    given = header_values(scope, name)
    if len(given) != 1 or not form.fullmatch(given[0]):
        raise HttpError(400, code, f"{name.decode()} must be there once, and well formed")
    return given[0].decode()


def json_response(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
