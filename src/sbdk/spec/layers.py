"""Configuration in layers: sbdk_config.json < .env < environment < command line.

Dynaconf keeps the layers and says which one wins; its loaders, its parsing of strings and its `@` markers stay out of
it: a key is a tuple and a value a `Given`, which Dynaconf passes on as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sbdk.core.errors import ConfigError
from sbdk.spec.config import NOT_YET_USED, ProjectConfig
from sbdk.spec.dotenv import guard_dotenv, read_dotenv
from sbdk.spec.environment import PREFIX, KeyPath, read_variables, unknown_variables
from sbdk.spec.paths import published_path
from sbdk.spec.problems import explain
from sbdk.spec.project import LoadedProject, find_config
from sbdk.spec.secrets import refuse_secrets, secrets_of
from sbdk.spec.sections import Section
from sbdk.spec.strict_json import load

# Of two keys that say the same thing, a higher layer's replaces the other in a lower one.
RIVALS: dict[KeyPath, KeyPath] = {
    ("data_volume", one): ("data_volume", other)
    for table in ("events", "orders")
    for one, other in ((table, f"{table}_per_user"), (f"{table}_per_user", table))
}


@dataclass(frozen=True)
class Given:
    """A value and who gave it: "file", or the name of a variable or option."""

    value: Any
    by: str


class Layers:
    """Dynaconf's settings with key paths as keys, lowest layer first."""

    def __init__(self) -> None:
        from dynaconf.base import Settings

        self._settings = Settings(dynaconf_skip_loaders=True, dynaconf_skip_validators=True)
        self._keys: dict[KeyPath, None] = {}

    def add(self, layer: str, values: Iterator[tuple[str, KeyPath, Any]]) -> None:
        """Lay (given by, key path, value) over what is there."""
        below = dict(self._keys)
        for by, path, value in values:
            if (rival := RIVALS.get(path, ())) in below:
                self._keys.pop(rival, None)
            self._settings.set(path, Given(value, by), loader_identifier=layer, validate=False)
            self._keys[path] = None

    def merged(self) -> dict[KeyPath, Given]:
        """The value that won for each key."""
        return {path: self._settings.store[path] for path in self._keys}


def load_project(
    start: Path,
    *,
    config_file: Path | None = None,
    target: str | None = None,
    env: Mapping[str, str] = os.environ,
) -> LoadedProject:
    """Find, layer, validate and resolve the configuration of the project at or above `start`.

    ProjectNotFound without an sbdk_config.json; ConfigError naming file or variable, key and the nearest valid one.
    """
    root, file = find_config(start, config_file)
    dotenv_file = root / ".env"
    warnings = guard_dotenv(dotenv_file)
    dotenv = read_dotenv(dotenv_file)
    given = _layered(file, dotenv, env, target)
    config = _validated(given, file)
    own = {**{name: value for name, value in dotenv.items() if name.startswith(PREFIX)}, **env}
    project = LoadedProject(
        root=root,
        config=config,
        warnings=[*warnings, *unknown_variables(own), *_idle_keys(config), *_outside(config)],
        file=file,
        published=_published(root, config, given, file, env),
        dotenv={name: value for name, value in dotenv.items() if not name.startswith(PREFIX)},
        secrets=secrets_of(own),
    )
    _ = project.pipelines, project.dbt, project.profiles  # a path that cannot be is an error now, not later
    return project


def _layered(file: Path, dotenv: Mapping[str, str], env: Mapping[str, str], target: str | None) -> dict[KeyPath, Given]:
    tree = load(file)
    if not isinstance(tree, dict):
        raise ConfigError("must be an object {…}", file=file)
    refuse_secrets(tree, file)
    layers = Layers()
    layers.add("file", (("file", path, value) for path, value in _flat(tree, ProjectConfig)))
    layers.add("dotenv", read_variables(dotenv))
    layers.add("environment", read_variables(env))
    if target is not None:
        layers.add("options", iter([("--target", ("target",), target)]))
    return layers.merged()


def _flat(tree: Mapping[str, Any], model: type[Section], above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Key path and value of every leaf; open mappings are leaves."""
    for key, value in tree.items():
        field = model.model_fields.get(key)
        section = field.annotation if field else None
        if isinstance(value, dict) and isinstance(section, type) and issubclass(section, Section):
            yield from _flat(value, section, (*above, key))
        else:
            yield (*above, key), value


def _nested(given: Mapping[KeyPath, Given]) -> dict[str, Any]:
    """The tree again. Where the file has a plain value for a whole section, that value stays, to be refused."""
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


def _validated(given: Mapping[KeyPath, Given], file: Path) -> ProjectConfig:
    try:
        return ProjectConfig.model_validate_json(json.dumps(_nested(given)), strict=True)
    except ValidationError as error:
        raise _as_config_error(error, given, file) from error


def _as_config_error(error: ValidationError, given: Mapping[KeyPath, Given], file: Path) -> ConfigError:
    problems = error.errors()
    first = problems[0]
    location = tuple(str(step) for step in first["loc"])
    path = ".".join(location)
    message, hint = explain(first, path, ProjectConfig)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    origin = next((given[key].by for key in given if location[: len(key)] == key), "file")
    if origin != "file":
        return ConfigError(f"{origin}: {message}{more}", hint=hint)
    return ConfigError(message + more, file=file, hint=hint or _who_else(given, location))


def _who_else(given: Mapping[KeyPath, Given], location: KeyPath) -> str | None:
    """Where keys disagree, which of them do not come from the file."""
    names = [value.by for key, value in given.items() if key[: len(location)] == location and value.by != "file"]
    return f"the environment sets {', '.join(names)}" if names else None


def _published(
    root: Path, config: ProjectConfig, given: Mapping[KeyPath, Given], file: Path, env: Mapping[str, str]
) -> Path:
    """Only the real environment, not a file that came with the project, may lead outside of it."""
    origin = given.get(("duckdb_path",))
    anywhere = origin is not None and bool(env.get(origin.by)) and env[origin.by] == origin.value
    return published_path(root, config.duckdb_path, config.target, file=file, anywhere=anywhere)


def _idle_keys(config: ProjectConfig) -> list[str]:
    """Nothing acts on these yet, and a user who sets one must hear so."""
    idle = [key for key in NOT_YET_USED if key in config.model_fields_set and getattr(config, key)]
    idle = [key for key in idle if key != "tracking" or config.tracking.enabled]
    warnings = [f"{key} is set, but this version of sbdk does not act on it" for key in idle]
    if config.start_date and not config.end_date and config.data_volume.time_range_days:
        warnings.append(f"time_range_days is not used: the data run from start_date to {config.dates()[1]}")
    return warnings


def _outside(config: ProjectConfig) -> list[str]:
    if not Path(config.profiles_dir).expanduser().is_absolute():
        return []
    return [
        f"profiles_dir ({config.profiles_dir}) lies outside the project; sbdk needs a profile whose path is "
        "env_var('SBDK_DATABASE')"
    ]
