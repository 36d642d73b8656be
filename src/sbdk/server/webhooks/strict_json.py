"""JSON as RFC 8259 has it and no two parsers disagree on: everything else is refused.

orjson refuses NaN, a byte order mark, UTF-16, invalid UTF-8, lone surrogates and bottomless nesting, but takes the last
of two equal keys and turns integers beyond 64 bits into floats. The standard library, which hands out keys before it
builds an object, sees those.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from sbdk.server.http import Refusal

DEPTH = 64
LEAST, MOST = -(2**63), 2**64 - 1  # what is beyond, orjson makes a float of


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
    if _deeper_than(DEPTH, value):
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
    if len(digits) > 18 and (len(digits) > 20 or not LEAST <= int(digits) <= MOST):
        raise _Odd("bad_json", "the body has an integer of more than 64 bits")


_SECOND = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=lambda _: None)


def _deeper_than(depth: int, value: dict[str, Any]) -> bool:
    """Whether a value nests deeper: level by level, so that no depth is too much for it."""
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
