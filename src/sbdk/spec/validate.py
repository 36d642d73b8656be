"""Settings by key path: flattened, validated as one configuration; errors name the file or the variable at fault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sbdk.core.errors import ConfigError
from sbdk.spec.config import ProjectConfig
from sbdk.spec.config_sections import Section
from sbdk.spec.errors import explain

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """A value and its origin `by`: "file", or the name of a variable or option."""

    value: Any
    by: str


def flat(tree: Mapping[str, Any], model: type[Section], above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Key path and value of every leaf; open mappings are leaves."""
    for key, value in tree.items():
        field = model.model_fields.get(key)
        section = field.annotation if field else None
        if isinstance(value, dict) and isinstance(section, type) and issubclass(section, Section):
            yield from flat(value, section, (*above, key))
        else:
            yield (*above, key), value


def validated(given: Mapping[KeyPath, Setting], file: Path) -> ProjectConfig:
    """The configuration; ConfigError for the first key that Pydantic refuses, with the file or variable that set it."""
    try:
        return ProjectConfig.model_validate_json(json.dumps(_nested(given)), strict=True)
    except ValidationError as error:
        raise _as_config_error(error, given, file) from error


def _nested(given: Mapping[KeyPath, Setting]) -> dict[str, Any]:
    """The tree of the settings. A plain value in place of a whole section stays, so that validation refuses it."""
    tree: dict[str, Any] = {}
    for path in sorted(given, key=len):
        node = tree
        for step in path[:-1]:
            node = node.setdefault(step, {})
            if not isinstance(node, dict):
                break
        else:
            node[path[-1]] = given[path].value
    return tree


def _as_config_error(error: ValidationError, given: Mapping[KeyPath, Setting], file: Path) -> ConfigError:
    problems = error.errors()
    first = problems[0]
    location = tuple(str(step) for step in first["loc"])
    path = ".".join(location)
    message, hint = explain(first, path, ProjectConfig)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    origin = next((given[key].by for key in given if location[: len(key)] == key), "file")
    if origin != "file":
        return ConfigError(f"{origin}: {message}{more}", hint=hint)
    return ConfigError(message + more, file=file, hint=hint or _set_elsewhere(given, location))


def _set_elsewhere(given: Mapping[KeyPath, Setting], location: KeyPath) -> str | None:
    """For keys that contradict each other: which of them the environment sets."""
    names = [value.by for key, value in given.items() if key[: len(location)] == location and value.by != "file"]
    return f"the environment sets {', '.join(names)}" if names else None
