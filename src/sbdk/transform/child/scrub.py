"""Values of secret environment variables, taken out of whatever leaves the worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECRET_NAME = re.compile(
    r"^DBT_(ENG_|ENGINE_)?ENV_SECRET|PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|API_?KEY|ACCESS_?KEY"
    r"|PRIVATE_?KEY|_(PWD|DSN|KEY|AUTH)$",
    re.IGNORECASE,
)
ASKED_FOR = re.compile(r"""env_var\(\s*['"](\w+)['"]""")
SHORTEST = 6  # a shorter value would blot out innocent text


class Scrubber:
    """Replaces the values of environment variables with a secret's name by `***` in strings, lists and dicts."""

    def __init__(self, environment: Mapping[str, str], profiles_dir: str) -> None:
        names = {name for name in environment if SECRET_NAME.search(name)} | _names_in_profiles(profiles_dir)
        values = {value for value in (environment.get(name, "") for name in names) if len(value) >= SHORTEST}
        longest_first = sorted(values, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @property
    def has_secrets(self) -> bool:
        return self._pattern is not None

    def found_in(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(text) is not None

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


def _names_in_profiles(profiles_dir: str) -> set[str]:
    """Variables that profiles.yml asks for: credentials, whatever their names. Ours, SBDK_…, are not."""
    try:
        text = Path(profiles_dir, "profiles.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return set()
    return {name for name in ASKED_FOR.findall(text) if not name.startswith("SBDK_")}
