"""Loads a project's configuration: file, `.env`, environment and options merged in that order, then validated."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sbdk.core.errors import ConfigError
from sbdk.spec.config import NOT_YET_USED, ProjectConfig
from sbdk.spec.data_sets import entries
from sbdk.spec.environment import PREFIX, guard_dotenv, known_variables, read_dotenv, read_variables, unknown_variables
from sbdk.spec.project import ProjectSpec, find_config, published_path
from sbdk.spec.secrets import refuse_secrets, secrets_of
from sbdk.spec.strict_json import load
from sbdk.spec.validate import KeyPath, Setting, flat, validated

__all__ = ["ProjectSpec", "load_project"]

# Of two keys with the same meaning, the one in a higher layer replaces the other one in a lower layer.
RIVALS: dict[KeyPath, KeyPath] = {
    ("data_volume", key): ("data_volume", rival)
    for entry in entries().values()
    for pair in entry.rivals
    for key, rival in (pair, pair[::-1])
}


def load_project(
    start: Path,
    *,
    config_file: Path | None = None,
    target: str | None = None,
    vars: Mapping[str, Any] | None = None,
    env: Mapping[str, str] = os.environ,
) -> ProjectSpec:
    """Find, merge, validate and resolve the configuration of the project at or above `start`. `vars`: dbt's, over those
    of the configuration.

    ProjectNotFound without an sbdk_config.json; ConfigError naming file or variable, key and the nearest valid one.
    """
    root, file = find_config(start, config_file)
    dotenv_file = root / ".env"
    warnings = guard_dotenv(dotenv_file)
    dotenv = read_dotenv(dotenv_file)
    given = _merged(file, dotenv, env, target)
    config = validated(given, file)
    own = {**{name: value for name, value in dotenv.items() if name.startswith(PREFIX)}, **env}
    project = ProjectSpec(
        root=root,
        config=config,
        warnings=[*warnings, *unknown_variables(own), *_idle_keys(config)],
        file=file,
        published=_published(root, config, given, file, env),
        vars={**config.vars, **(vars or {})},
        dotenv={name: value for name, value in dotenv.items() if not name.startswith(PREFIX)},
        secrets=secrets_of(own, known_variables()),
    )
    _ = project.pipelines, project.dbt  # raises ConfigError for an impossible path
    project.warnings.extend(_profiles_outside(config, root, project.profiles))
    return project


def _merged(
    file: Path, dotenv: Mapping[str, str], env: Mapping[str, str], target: str | None
) -> dict[KeyPath, Setting]:
    """The settings of all layers by key path: file, `.env`, environment, options; a later layer replaces an earlier.

    Dynaconf stores them. Its own loaders and casts are off, because they would read other files and variables, take
    `a__b` for a path and replace text like "@format {env[HOME]}". A key path and a `Setting` pass through unchanged.
    """
    from dynaconf.base import Settings

    layers: list[tuple[str, Iterable[tuple[KeyPath, Setting]]]] = [
        ("file", _file_settings(file)),
        ("dotenv", read_variables(dotenv, " in .env")),
        ("environment", read_variables(env)),
        ("options", [] if target is None else [(("target",), Setting(target, "--target"))]),
    ]
    settings = Settings(dynaconf_skip_loaders=True, dynaconf_skip_validators=True)
    for layer, given in layers:
        values = dict(given)
        for path in values.keys() & RIVALS.keys():
            settings.store.pop(RIVALS[path], None)
        settings.update(values, loader_identifier=layer, validate=False)
    return {path: setting for path, setting in settings.store.items() if isinstance(path, tuple)}


def _file_settings(file: Path) -> list[tuple[KeyPath, Setting]]:
    tree = load(file)
    if not isinstance(tree, dict):
        raise ConfigError("must be an object {…}", file=file)
    refuse_secrets(tree, file)
    return [(path, Setting(value, "file")) for path, value in flat(tree, ProjectConfig)]


def _published(
    root: Path, config: ProjectConfig, given: Mapping[KeyPath, Setting], file: Path, env: Mapping[str, str]
) -> Path:
    """The published database. Only the real environment, and no file of the project, may name a path outside of it."""
    origin = given.get(("duckdb_path",))
    anywhere = origin is not None and bool(env.get(origin.by)) and env[origin.by] == origin.value
    return published_path(root, config.duckdb_path, config.target, file=file, anywhere=anywhere)


def _idle_keys(config: ProjectConfig) -> list[str]:
    """A warning for each key that is set and has no effect."""
    idle = [key for key in NOT_YET_USED if key in config.model_fields_set and getattr(config, key)]
    warnings = [f"{key} is set, but this version of sbdk does not act on it" for key in idle]
    if config.tracking.enabled and not config.tracking.endpoint:
        warnings.append("tracking.enabled is true, but there is no tracking.endpoint to report to")
    if config.start_date and not config.end_date and config.data_volume.time_range_days:
        warnings.append(f"time_range_days is not used: the data run from start_date to {config.dates()[1]}")
    return warnings


def _profiles_outside(config: ProjectConfig, root: Path, profiles: Path) -> list[str]:
    """A warning: profiles outside the project may point dbt at the published file, which only a publish may write."""
    if profiles.is_relative_to(root):
        return []
    return [
        f"profiles_dir ({config.profiles_dir}) lies outside the project; sbdk needs a profile whose path is "
        "env_var('SBDK_DATABASE')"
    ]
