"""A command line without its secrets, fit to be kept in a history or shown in an error."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

SECRET = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|API[-_]?KEY|ACCESS[-_]?KEY|PRIVATE[-_]?KEY|CONNECTION[-_]?STRING"
    r"|(^|[-_])(PWD|DSN|KEY|AUTH)$",
    re.IGNORECASE,
)
"""Names of options and variables whose values are secrets."""
SHORTEST = 4
"""Characters; a shorter value would mask innocent text."""
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")


def redact_command(command: str | Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """The words of a command, with `***` for the values of options with a secret's name (`--token x`, `--token=x`,
    `TOKEN=x`), for values of such variables of the environment and of `variables`, and for `user:password` in URLs."""
    words = command.split() if isinstance(command, str) else list(command)
    known = {**os.environ, **(variables or {})}
    values = {value for name, value in known.items() if SECRET.search(name) and len(value) >= SHORTEST}
    text = " ".join(_masked(words))
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return _PASSWORD_IN_URL.sub("***", text)


def _masked(words: Sequence[str]) -> list[str]:
    shown: list[str] = []
    hides_next = False
    for word in words:
        name, equals, _ = word.partition("=")
        secret = SECRET.search(name) is not None
        if hides_next and not (word.startswith("--") and len(word) > 2):
            shown.append("***")
            hides_next = False
            continue
        shown.append(f"{name}=***" if equals and secret else word)
        hides_next = secret and not equals and word.startswith("-")
    return shown
