"""Reads a project's configuration: file, environment and flags merged in that order, with warnings about odd values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sbdk.core.errors import ConfigError
from sbdk.spec.config import NOT_YET_USED, ProjectConfig
from sbdk.spec.data_sets import entries
from sbdk.spec.environment import PREFIX, guard_dotenv, known_variables, read_dotenv, read_variables, unknown_variables
from sbdk.spec.paths import published_path
from sbdk.spec.project import ProjectSpec, find_config
from sbdk.spec.secrets import refuse_secrets, secrets_of
from sbdk.spec.strict_json import load
from sbdk.spec.validate import KeyPath, Setting, flat, validated

__all__ = ["ProjectSpec", "load_project"]

# Of two keys that say the same thing, a higher layer's replaces the other in a lower one.
RIVALS: dict[KeyPath, KeyPath] = {
    ("data_volume", one): ("data_volume", other)
    for entry in entries().values()
    for pair in entry.rivals
    for one, other in (pair, pair[::-1])
}


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
            self._settings.set(path, Setting(value, by), loader_identifier=layer, validate=False)
            self._keys[path] = None

    def merged(self) -> dict[KeyPath, Setting]:
        """The value that won for each key."""
        return {path: self._settings.store[path] for path in self._keys}


def load_project(
    start: Path,
    *,
    config_file: Path | None = None,
    target: str | None = None,
    env: Mapping[str, str] = os.environ,
) -> ProjectSpec:
    """Find, layer, validate and resolve the configuration of the project at or above `start`.

    ProjectNotFound without an sbdk_config.json; ConfigError naming file or variable, key and the nearest valid one.
    """
    root, file = find_config(start, config_file)
    dotenv_file = root / ".env"
    warnings = guard_dotenv(dotenv_file)
    dotenv = read_dotenv(dotenv_file)
    given = _layered(file, dotenv, env, target)
    config = validated(given, file)
    own = {**{name: value for name, value in dotenv.items() if name.startswith(PREFIX)}, **env}
    project = ProjectSpec(
        root=root,
        config=config,
        warnings=[*warnings, *unknown_variables(own), *idle_keys(config)],
        file=file,
        published=_published(root, config, given, file, env),
        dotenv={name: value for name, value in dotenv.items() if not name.startswith(PREFIX)},
        secrets=secrets_of(own, known_variables()),
    )
    _ = project.pipelines, project.dbt  # a path that cannot be is an error now, not later
    project.warnings.extend(outside(config, root, project.profiles))
    return project


def _layered(
    file: Path, dotenv: Mapping[str, str], env: Mapping[str, str], target: str | None
) -> dict[KeyPath, Setting]:
    tree = load(file)
    if not isinstance(tree, dict):
        raise ConfigError("must be an object {…}", file=file)
    refuse_secrets(tree, file)
    layers = Layers()
    layers.add("file", (("file", path, value) for path, value in flat(tree, ProjectConfig)))
    layers.add("dotenv", read_variables(dotenv, " in .env"))
    layers.add("environment", read_variables(env))
    if target is not None:
        layers.add("options", iter([("--target", ("target",), target)]))
    return layers.merged()


def _published(
    root: Path, config: ProjectConfig, given: Mapping[KeyPath, Setting], file: Path, env: Mapping[str, str]
) -> Path:
    """Only the real environment, not a file that came with the project, may lead outside of it."""
    origin = given.get(("duckdb_path",))
    anywhere = origin is not None and bool(env.get(origin.by)) and env[origin.by] == origin.value
    return published_path(root, config.duckdb_path, config.target, file=file, anywhere=anywhere)


def idle_keys(config: ProjectConfig) -> list[str]:
    """Nothing acts on these yet, and a user who sets one must hear so."""
    idle = [key for key in NOT_YET_USED if key in config.model_fields_set and getattr(config, key)]
    warnings = [f"{key} is set, but this version of sbdk does not act on it" for key in idle]
    if config.tracking.enabled and not config.tracking.endpoint:
        warnings.append("tracking.enabled is true, but there is no tracking.endpoint to report to")
    if config.start_date and not config.end_date and config.data_volume.time_range_days:
        warnings.append(f"time_range_days is not used: the data run from start_date to {config.dates()[1]}")
    return warnings


def outside(config: ProjectConfig, root: Path, profiles: Path) -> list[str]:
    """A profile from elsewhere may point dbt at the published file, which only a publish may write."""
    if profiles.is_relative_to(root):
        return []
    return [
        f"profiles_dir ({config.profiles_dir}) lies outside the project; sbdk needs a profile whose path is "
        "env_var('SBDK_DATABASE')"
    ]
