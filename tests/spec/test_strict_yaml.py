"""The strict subset of YAML, and hostile files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbdk.core.errors import ConfigError
from sbdk.spec import strict_yaml

BOMB = 'a: &a ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]\n' + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_plain_values():
    text = "i: 10\nn: -3\nf: 2.5\ne: 1e3\nt: true\nz: null\nl: [1, a]\nm: {x: y}\nq: '7'\nb: |\n  two\n  lines\n"
    assert strict_yaml.load(text) == {
        "i": 10,
        "n": -3,
        "f": 2.5,
        "e": 1000.0,
        "t": True,
        "z": None,
        "l": [1, "a"],
        "m": {"x": "y"},
        "q": "7",
        "b": "two\nlines\n",
    }


@pytest.mark.parametrize(
    "text",
    ["NO", "on", "Yes", "off", "12:30:00", "1_000", "010", "0x1F", "0b1", "2026-01-01", ".5", ".inf", ".nan", "+"],
)
def test_what_yaml_would_guess_at_stays_a_text(text):
    assert strict_yaml.load(f"value: {text}") == {"value": text}


def test_keys_are_texts():
    assert strict_yaml.load("on: 1\nNO: 2\n3: 3\nnull: 4\n'x': 5") == {"on": 1, "NO": 2, "3": 3, "null": 4, "x": 5}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "line 1, column 4: anchors and aliases"),
        ("a: &x 1", "anchors and aliases"),
        ("a: *x", "aliases"),
        ("[" * 5_000, "line 1, column 66: nested more than 64 deep"),
        ("{a: " * 5_000, "nested more than 64 deep"),
        ("- " * 5_000, "nested more than 64 deep"),
        ("a: !!python/object/apply:os.system ['true']", "tags are not allowed"),
        ("!!python/name:os.system", "tags are not allowed"),
        ("a: !mine 1", "tags are not allowed"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' is given a second time"),
        ("a: {b: 1, b: 2}", "line 1, column 11: the key 'b'"),
        ("'1': a\n1: b", "a second time"),
        ("? [a]\n: 1", "a key must be a plain text"),
        ("a: 1\n---\nb: 2", "line 2, column 1: a second document"),
        ("a: [1, 2", "line 2, column 1: "),
        ("a: 1\n\tb: 2", "line 2"),
        ("a: \x00", "not YAML"),
        ("a: \ud800", "not YAML"),
        ("- 1\n" * 100_001, "more than 100,000 values"),
        ("#" * 1_000_001, "more than 1,000,000 characters"),
    ],
)
def test_what_is_refused_and_where(text, words):
    with pytest.raises(ConfigError) as caught:
        strict_yaml.load(text)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_a_file_is_named(tmp_path):
    path = tmp_path / "x.yml"
    path.write_text("a: 1\na: 2\n")
    with pytest.raises(ConfigError) as caught:
        strict_yaml.load(path)
    assert caught.value.file == str(path)
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    with pytest.raises(ConfigError, match="byte order mark"):
        strict_yaml.load(path)


def test_nothing_in_it_is_nothing():
    assert strict_yaml.load("") is None
    assert strict_yaml.load("# only a comment\n") is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_what_another_writer_writes_as_json_is_read_the_same(value):
    """JSON is YAML: the standard library writes, we read."""
    import json

    assert strict_yaml.load(json.dumps(value)) == value
