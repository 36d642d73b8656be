"""JSON as RFC 8259 has it and no two parsers disagree on: everything else is refused.

orjson refuses NaN, a byte order mark, UTF-16, invalid UTF-8, lone surrogates and bottomless nesting, but takes the last
of two equal keys and turns long integers into floats. The standard library, which hands out keys before it builds an
object, sees those.
"""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

import orjson

from sbdk.server.guards import Refusal

DEPTH = 64
DIGITS = 19
_OTHER = bytes(set(range(256)) - set(b'[]{}"'))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class _Odd(ValueError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(400, code, detail)


def read_object(body: bytes) -> dict[str, Any]:
    """The object that `body` is. Refusal: 400 bad_json, duplicate_key or bad_payload."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "bad_json", "the body is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Refusal(400, "bad_payload", "the body must be a JSON object")
    if _depth(body) > DEPTH:
        raise Refusal(400, "bad_payload", f"the body is nested deeper than {DEPTH} levels")
    try:
        _SECOND.decode(body.decode())
    except _Odd as odd:
        raise odd.refusal from None
    except ValueError:
        raise Refusal(400, "bad_json", "the body is not JSON in UTF-8") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _Odd("duplicate_key", "the body has the same key twice in one object")


def _integer(digits: str) -> None:
    if len(digits) > DIGITS:
        raise _Odd("bad_json", f"the body has an integer of more than {DIGITS} digits")


_SECOND = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=lambda _: None)


def _depth(body: bytes) -> int:
    """How deep a valid body nests. Without its escapes, every other piece between quotes is outside of strings."""
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    outside = b"".join(unescaped.translate(None, _OTHER).split(b'"')[::2])
    return max(accumulate(_STEP[byte] for byte in outside))
