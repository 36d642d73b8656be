"""The definition of a secret, and its replacement in every output: messages, logs, records, alerts, files of dbt.

This module imports only the standard library, because the dbt worker, whose Python may not have sbdk, loads
this file by its path.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

MASK = "***"
SHORTEST = 6
"""Characters of a value that is masked: a shorter one, `admin` say, would be found in innocent text."""

SECRET_WORDS = (
    r"password|passwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key|connection_?string"
)
_SECRET_NAME = re.compile(
    rf"^DBT_(ENG_|ENGINE_)?ENV_SECRET|{SECRET_WORDS}|(^|_)dsn$|_(pwd|key|auth)$|^SBDK_(ALERTS|DESTINATION)__(\w+_)?URL$",
    re.IGNORECASE,
)
_ENV_VAR_CALL = re.compile(r"""env_var\(\s*['"](\w+)['"]""")
_USER_IN_URL = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
_OPTION = re.compile(r"(-{0,2}[\w.-]+)=(.+)", re.DOTALL)
_KEY = re.compile(r"""([\w-]+)["']?\s*[:=]\s*""")
_VALUE = re.compile(r""""[^"]*"|'[^']*'|[^\s"',&}]+""")


def is_secret_name(name: str) -> bool:
    """Whether the name of a variable or option marks its value as secret: PGPASSWORD, --api-key."""
    return _SECRET_NAME.search(name.lstrip("-").replace("-", "_")) is not None


def secrets_of_url(url: str) -> tuple[str, ...]:
    """User and password of a URL: either may be a token."""
    try:
        parts = urlsplit(url)
        candidates = (parts.password, parts.username if parts.scheme.startswith("http") else None)
    except ValueError:
        return ()
    return tuple(value for value in candidates if value and value != "git")


class Redactor:
    """Replaces secrets by `***`, in whatever spelling: as they are, line by line, in a URL and in JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = _spellings(secrets)
        coded = [spelling.encode(errors="surrogateescape") for spelling in spellings]
        self.longest = max(map(len, coded), default=0)
        """Bytes of the longest spelling: a stream is searched in pieces of at least that size."""
        self._pattern = re.compile("|".join(map(re.escape, spellings))) if spellings else None
        self._bytes = re.compile(b"|".join(map(re.escape, coded))) if coded else None

    @classmethod
    def of_environment(
        cls, environment: Mapping[str, str], profiles_dir: str | Path | None = None, also: Iterable[str] = ()
    ) -> Redactor:
        """Secrets are the variables with a secret's name, those that profiles.yml reads, and the values `also`."""
        names = {name for name in environment if is_secret_name(name)} | _names_in_profiles(profiles_dir)
        return cls([*(environment[name] for name in names if name in environment), *also])

    @property
    def has_secrets(self) -> bool:
        return self._pattern is not None

    def found_in(self, data: bytes) -> bool:
        return self._bytes is not None and self._bytes.search(data) is not None

    def text(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text

    def bytes(self, data: bytes) -> bytes:
        return self._bytes.sub(MASK.encode(), data) if self._bytes else data

    def __call__(self, value: Any) -> Any:
        """A string, list or dict without the secrets; anything else as it is."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return value


def without_secrets(value: Any, variables: Mapping[str, str] | None = None) -> Any:
    """A string, list or dict without the values of secret variables: those of this process's environment and of
    `variables` (a project's `.env`)."""
    return Redactor.of_environment({**os.environ, **(variables or {})})(value)


def redact_command(command: str | Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """A command line without secrets, for records: no value of an option, a variable or a key with a secret's
    name, no user and password of a URL, no value of a secret variable of this process's environment or of `variables`.
    """
    redactor = Redactor.of_environment({**os.environ, **(variables or {})})
    quoted = str if isinstance(command, str) else shlex.quote
    words: list[str] = []
    follows_secret = False
    for word in command.split() if isinstance(command, str) else command:
        words.append(MASK if follows_secret and word[:2] != "--" else redactor.text(_without_pairs(word)))
        follows_secret = word.startswith("-") and "=" not in word and is_secret_name(word)
    return " ".join(word if MASK in word else quoted(word) for word in words)


def _without_pairs(word: str) -> str:
    """One word without the values of secret names in it: --token=…, PGPASSWORD=…, {password: …}, ?key=…"""
    if (option := _OPTION.fullmatch(word)) and is_secret_name(option[1]):
        return f"{option[1]}={MASK}"
    word = _USER_IN_URL.sub(rf"\g<scheme>{MASK}@", word)
    kept, end = [], 0
    for key in _KEY.finditer(word):
        if key.start() >= end and is_secret_name(key[1]) and (value := _VALUE.match(word, key.end())):
            kept += [word[end : key.end()], MASK]
            end = value.end()
    return "".join([*kept, word[end:]])


def _spellings(secrets: Iterable[str]) -> list[str]:
    """All spellings of the secrets, longest first, because one may be part of another."""
    lines = {line for value in secrets for line in value.splitlines() if len(line) >= SHORTEST}
    in_json = {json.dumps(line, ensure_ascii=ascii)[1:-1] for line in lines for ascii in (True, False)}
    in_urls = {quote(line, safe="", errors="surrogateescape") for line in lines}
    return sorted(lines | in_urls | in_json, key=lambda spelling: (-len(spelling), spelling))


def _names_in_profiles(profiles_dir: str | Path | None) -> set[str]:
    """Variables that profiles.yml reads: they are credentials, whatever their names, except SBDK_… variables."""
    try:
        text = Path(profiles_dir, "profiles.yml").read_text(encoding="utf-8") if profiles_dir else ""
    except (OSError, UnicodeDecodeError):
        return set()
    return {name for name in _ENV_VAR_CALL.findall(text) if not name.startswith("SBDK_")}
