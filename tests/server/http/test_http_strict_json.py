"""The strict reader beside the standard library: never more than that takes, and never another value."""

from __future__ import annotations

import json
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sbdk.server.http.body import MAX_DEPTH, parse_json_object
from sbdk.server.http.errors import HttpError

LEAST, MOST = -9_223_372_036_854_775_808, 18_446_744_073_709_551_615  # an integer of 64 bits, signed or not
LEAVES = st.none() | st.booleans() | st.integers(LEAST, MOST) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    LEAVES | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
# Pieces of which nearly-JSON is made, and the bytes that parsers disagree on.
PIECES = st.sampled_from(
    [
        *"{}[]:,\"\\01- \n\t'_\x0b\x00\ufeffé\U0001f600",
        *('"a"', "\\u", "d800", ".5", "e9", "E+400", "NaN", "Infinity", "true", "nul"),
        *("//", "1_0", "01", "+1", "0x1", "1.", ".1"),
    ]
)


def strict(body: bytes) -> dict[str, Any] | None:
    """What the reader makes of it; None when it refuses. Any other error is one."""
    try:
        return parse_json_object(body)
    except HttpError:
        return None


def same(one: object, other: object) -> bool:
    """Equal, and of the same types all the way down: 1, 1.0 and True are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def never_more_than_the_standard_library(body: bytes) -> None:
    taken = strict(body)
    if taken is not None:
        assert same(taken, json.loads(body.decode("utf-8")))


@given(OBJECTS)
@settings(max_examples=100, deadline=None)
def test_every_ordinary_object_is_taken_as_it_is(value: dict[str, Any]) -> None:
    for ascii_only, indent in product([False, True], [None, 1, "\t"]):
        taken = strict(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode())
        assert taken is not None
        assert same(taken, value)


@given(st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=1_000, deadline=None)
@example('{"a":1e400}')
@example('{"a":-0}')
@example('{"a":18446744073709551616}')
@example('{"a":1.7976931348623157e308,"b":5e-324,"c":0.1e1}')
def test_nearly_json(text: str) -> None:
    never_more_than_the_standard_library(text.encode())
    never_more_than_the_standard_library(('{"k":' + text + "}").encode())


@given(OBJECTS, st.randoms(use_true_random=True))
@settings(max_examples=60, deadline=None)
def test_json_with_a_byte_changed(value: dict[str, Any], random: Random) -> None:
    whole = json.dumps(value, ensure_ascii=False).encode()
    for _ in range(20):  # changes of one value: to draw values takes most of the time
        body = bytearray(whole)
        body[random.randrange(len(body))] = random.randrange(256)
        try:
            never_more_than_the_standard_library(bytes(body))
        except UnicodeDecodeError:  # of the standard library's side: then nothing may have been taken
            assert strict(bytes(body)) is None


@given(st.integers(1, 200), st.integers(0, 2**200 - 1))
@settings(max_examples=100, deadline=None)
def test_depth_is_the_only_reason_to_refuse_nesting(depth: int, bits: int) -> None:
    kinds = [bits >> level & 1 for level in range(200)]
    opened = ['{"a":' if kind else "[" for kind in kinds[: depth - 1]]
    closed = ["}" if kind else "]" for kind in kinds[: depth - 1]]
    body = '{"[":"]]]]{{{{\\"[","b":' + "".join(opened) + "0" + "".join(closed[::-1]) + "}"
    assert (strict(body.encode()) is not None) == (depth <= MAX_DEPTH)


@given(st.integers(-(10**22), 10**22))
@example(LEAST)
@example(LEAST - 1)
@example(MOST)
@example(MOST + 1)
def test_integers_of_64_bits(number: int) -> None:
    taken = strict(b'{"n":%d}' % number)
    assert (taken is not None) == (LEAST <= number <= MOST)
    if taken is not None:
        assert same(taken, {"n": number})


@given(OBJECTS.filter(bool), st.integers(0, 3), st.booleans())
def test_no_key_twice_at_whatever_depth(value: dict[str, Any], depth: int, escaped: bool) -> None:
    key = next(iter(value))
    again = '"' + "".join(f"\\u{ord(one):04x}" for one in key) + '"' if escaped and key.isascii() else json.dumps(key)
    inner = json.dumps(value)[:-1] + f",{again}:1}}"
    body = '{"outer":[' * depth + inner + "]}" * depth
    with pytest.raises(HttpError) as refusal:
        parse_json_object(body.encode())
    assert refusal.value.code == "duplicate_key"
