"""A text that matches a regular expression: the shortest choices first, others with another `turn`."""

from __future__ import annotations

import re
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined]  # the parse tree of the standard library's own expressions
_CLASSES = {"CATEGORY_DIGIT": "7", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_DIGIT": "a",
            "CATEGORY_NOT_WORD": "-", "CATEGORY_NOT_SPACE": "a"}  # fmt: skip
_ANY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:;@#%&!?/()"


def matching_text(pattern: str, turn: int = 0) -> str | None:
    """A text in which the pattern is found; None where this does not find one (look-around, back-references)."""
    try:
        text = _Walk(turn).of(_parser.parse(pattern))
        return text if re.search(pattern, text) else None
    except (re.error, KeyError, ValueError, OverflowError):
        return None


class _Walk:
    """Writes a text along a parse tree. Each choice takes the next digit of `turn`."""

    def __init__(self, turn: int) -> None:
        self.turn = turn

    def of(self, nodes: Any) -> str:
        return "".join(self._node(str(kind), value) for kind, value in nodes)

    def _choice(self, size: int) -> int:
        self.turn, chosen = divmod(self.turn, size)
        return chosen

    def _node(self, kind: str, value: Any) -> str:
        if kind == "LITERAL":
            return chr(value)
        if kind == "AT":
            return ""
        if kind == "ANY":
            return "a"
        if kind == "NOT_LITERAL":
            return "b" if value == ord("a") else "a"
        if kind == "IN":
            return self._of_set(value)
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = value
            return "".join(self.of(inner) for _ in range(least if least or not most else 1))
        return self._of_group(kind, value)

    def _of_group(self, kind: str, value: Any) -> str:
        if kind == "SUBPATTERN":
            return self.of(value[-1])
        if kind == "BRANCH":
            return self.of(value[1][self._choice(len(value[1]))])
        raise ValueError(kind)

    def _of_set(self, items: Any) -> str:
        if str(items[0][0]) == "NEGATE":
            left_out = {chr(code) for item in items[1:] for code in _codes(item)}
            return next(char for char in _ANY if char not in left_out)
        kind, value = items[self._choice(len(items))]
        if str(kind) == "CATEGORY":
            return _CLASSES[str(value)]
        codes = list(_codes((kind, value)))
        return chr(codes[self._choice(len(codes))])


def _codes(item: Any) -> Any:
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return [value]
    if kind == "RANGE":
        return range(value[0], min(value[1], value[0] + 255) + 1)
    return [ord(char) for char in _CLASSES[str(value)]]
