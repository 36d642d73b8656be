"""Secrets belong in the environment or in `.env`; a configuration file that holds one is refused."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from sbdk.core.errors import ConfigError
from sbdk.core.redact import SECRET_WORDS

_SECRET = re.compile(rf"(^|[_-])({SECRET_WORDS}|dsn)s?($|[_-](id|url|key|value|file|previous)?$)", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"^[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_VARIABLE = re.compile(r"SBDK_(DESTINATION|ALERTS|WEBHOOKS|DASHBOARD|STREAMS)__[A-Z0-9_]+|SBDK_TRACKING__TOKEN")


def is_secret_key(key: str) -> bool:
    """Whether a key's name says that its value is secret."""
    return _SECRET.search(key) is not None


def is_secret_variable(name: str) -> bool:
    """Whether a variable belongs to a section with network access, e.g. SBDK_WEBHOOKS__SECRET.

    In those sections every variable that is no key of the configuration is a secret.
    """
    return _VARIABLE.fullmatch(name) is not None


def secrets_of(variables: Mapping[str, str], keys: Container[str]) -> dict[str, str]:
    """The secrets among the variables, by name: see `is_secret_variable`; `keys` are variables of configuration keys.

    Secrets are kept out of the configuration, because that is printed.
    """
    return {name: value for name, value in variables.items() if is_secret_variable(name) and name not in keys}


def refuse_secrets(tree: Any, file: Path, path: tuple[str, ...] = ()) -> None:
    """ConfigError, naming the key and the variable to set but not the value, if `tree` holds a secret."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if path[:1] == ("distributions",) or (key == "distributions" and not path):
                continue
            if is_secret_key(key) and value not in (None, "", [], {}) and not isinstance(value, bool):
                raise _refusal(file, (*path, key))
            refuse_secrets(value, file, (*path, key))
    elif isinstance(tree, list):
        for value in tree:
            refuse_secrets(value, file, path)
    elif isinstance(tree, str) and _PASSWORD_IN_URL.match(tree):
        raise _refusal(file, path)


def _refusal(file: Path, path: tuple[str, ...]) -> ConfigError:
    variable = "SBDK_" + re.sub(r"[^A-Z0-9_]", "_", "__".join(path).upper())
    return ConfigError(
        f"{'.'.join(path)}: a secret must not be in this file",
        file=file,
        hint=f"remove it and set {variable} in the environment or in .env",
    )
