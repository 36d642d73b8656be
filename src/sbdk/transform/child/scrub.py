"""Values of secret environment variables, taken out of whatever leaves the worker."""

from __future__ import annotations

import os
import re
from typing import Any

SECRET_NAME = re.compile(
    r"^DBT_(ENG_|ENGINE_)?ENV_SECRET|PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|API_?KEY|ACCESS_?KEY"
    r"|PRIVATE_?KEY|(^|_)(PWD|DSN|KEY|AUTH)$",
    re.IGNORECASE,
)
SHORTEST = 4  # a shorter value would blot out innocent text


class Scrubber:
    """Replaces the values of environment variables with a secret's name by `***` in strings, lists and dicts."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.add(name for name in os.environ if SECRET_NAME.search(name))

    def add(self, names: Any) -> None:
        """Also hide the values of the variables `names`, for example those that profiles.yml asks for."""
        found = {os.environ.get(name, "") for name in names}
        self._values |= {value for value in found if len(value) >= SHORTEST}
        longest_first = sorted(self._values, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        return self._pattern.sub("***", text) if self._pattern else text

    def __call__(self, value: Any) -> Any:
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return value
