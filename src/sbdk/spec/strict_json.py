"""JSON by the standard: duplicate keys, NaN, a byte order mark and nesting deeper than 64 are refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sbdk.core.errors import ConfigError

MOST_BYTES = 1_000_000
DEEPEST = 64

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_COLON = re.compile(r"\s*:")


def load(path: Path) -> Any:
    """The value in `path`; ConfigError with file, line and column if it is not JSON."""
    text = read_text(path)
    for position, problem in _problems(text):
        raise _error(path, text, position, problem)
    try:
        return json.loads(text, parse_float=_finite)
    except json.JSONDecodeError as error:
        problem = "the file is empty" if not text.strip() else f"not JSON: {error.msg}"
        raise _error(path, text, error.pos, problem) from error
    except ValueError as error:  # an integer of thousands of digits, or one too large for a float
        raise ConfigError(f"not JSON: {error}", file=path) from error


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """The UTF-8 text of a file: at most `most` bytes, no byte order mark. Else ConfigError."""
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from error
    if len(raw) > most:
        raise ConfigError(f"more than {most:,} bytes", file=path)
    if raw.startswith(b"\xef\xbb\xbf"):
        raise ConfigError("line 1, column 1: a byte order mark", file=path, hint="save it as UTF-8 without BOM")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode(errors="replace")
        raise _error(path, before, len(before), "not UTF-8") from error


def _error(path: Path, text: str, position: int, problem: str) -> ConfigError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return ConfigError(f"line {line}, column {column}: {problem}", file=path)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value


def _unescaped(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


def _problems(text: str) -> Iterator[tuple[int, str]]:
    """(position, problem) of what json.loads accepts, or raises RecursionError for."""
    keys: list[set[str]] = []
    previous = ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            keys.append(set())
            if len(keys) > DEEPEST:
                yield match.start(), f"nested more than {DEEPEST} deep"
        elif token in "}]":
            if keys:
                keys.pop()
        elif keys and previous in ("{", ",") and _COLON.match(text, match.end()):
            if (key := _unescaped(token)) in keys[-1]:
                yield match.start(), f"the key {token[:60]} is given a second time"
            keys[-1].add(key)
        elif token.lstrip("-") in ("NaN", "Infinity"):
            yield match.start(), f"{token} is not JSON"
        previous = token
