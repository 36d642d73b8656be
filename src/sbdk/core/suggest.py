"""Hints for a name that nobody knows: the nearest one that somebody does, and all of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most like `name`; None if none is alike enough. `cutoff`: 0..1, of difflib's ratio."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def suggestion(
    name: str,
    known: Iterable[str],
    *,
    cutoff: float = 0.6,
    heading: str = "known",
    shown: Iterable[str] | None = None,
    within: Iterable[str] = (),
) -> str:
    """`did you mean 'users'? known: events, users`; without the question when nothing is alike.

    `heading` stands before the list, which is `shown` in place of `known` if given. `within`: keys above `name`, which
    the suggested key is written with.
    """
    known = list(known)
    near = nearest(name, known, cutoff)
    question = f"did you mean {'.'.join([*within, near])!r}? " if near else ""
    return f"{question}{heading}: {', '.join(known if shown is None else shown) or 'none'}"
