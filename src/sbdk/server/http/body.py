"""The body of a request: read once, and parsed as JSON that no two parsers read differently (RFC 8259).

orjson rejects NaN, a byte order mark, UTF-16, invalid UTF-8, lone surrogates and unlimited nesting, but keeps the last
of two equal keys and turns integers beyond 64 bits into floats. The standard library passes on every key and every
integer before it builds an object, so a second pass with it rejects those.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
from starlette.types import Receive

from sbdk.server.http.errors import HttpError

MAX_DEPTH = 64
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1  # orjson turns integers beyond these into floats


class ClientDisconnected(Exception):
    """The client disconnected before its request was complete."""


class _InvalidJson(ValueError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.http_error = HttpError(400, code, detail)


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request. The guards around `receive` limit its size and its time.

    Raises ClientDisconnected, or what the guards raise.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return message.get("body", b"")  # type: ignore[no-any-return]
    parts = []
    while True:
        if message["type"] != "http.request":
            raise ClientDisconnected
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def parse_json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. HttpError 400: bad_json, duplicate_key or bad_payload (no object, or too deep)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise HttpError(400, "bad_json", "the body is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise HttpError(400, "bad_payload", "the body must be a JSON object")
    if _deeper_than(MAX_DEPTH, value):
        raise HttpError(400, "bad_payload", f"the body is nested deeper than {MAX_DEPTH} levels")
    try:
        _SECOND_PASS.decode(body.decode())
    except _InvalidJson as error:
        raise error.http_error from None
    except ValueError:
        raise HttpError(400, "bad_json", "the body is not JSON in UTF-8") from None
    return value


def _check_keys(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _InvalidJson("duplicate_key", "the body has the same key twice in one object")


def _check_integer(digits: str) -> None:
    if len(digits) > 18 and (len(digits) > 20 or not MIN_INTEGER <= int(digits) <= MAX_INTEGER):
        raise _InvalidJson("bad_json", "the body has an integer of more than 64 bits")


_SECOND_PASS = json.JSONDecoder(object_pairs_hook=_check_keys, parse_int=_check_integer, parse_float=lambda _: None)


def _deeper_than(depth: int, value: dict[str, Any]) -> bool:
    """Whether a value nests deeper. It walks level by level, without recursion, so no depth exhausts the stack."""
    level: list[Any] = [value]
    for _ in range(depth):
        level = [
            part
            for whole in level
            for part in (whole.values() if type(whole) is dict else whole)
            if type(part) in (dict, list)
        ]
        if not level:
            return False
    return True
