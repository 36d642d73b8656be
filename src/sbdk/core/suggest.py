"""Hints for an unknown name: the nearest known name, and all known names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name most similar to `name`; None if none is similar enough. `cutoff`: 0..1, of difflib's ratio."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


def suggestion(
    name: str,
    known: Iterable[str],
    *,
    cutoff: float = 0.6,
    heading: str = "known",
    shown: Iterable[str] | None = None,
    within: Iterable[str] = (),
) -> str:
    """`did you mean 'users'? known: events, users`; without the question when no name is similar.

    `heading` precedes the list, which is `shown` in place of `known` if given. `within`: keys above `name`, with which
    the suggested key is written.
    """
    known = list(known)
    near = nearest(name, known, cutoff)
    question = f"did you mean {'.'.join([*within, near])!r}? " if near else ""
    return f"{question}{heading}: {', '.join(known if shown is None else shown) or 'none'}"
