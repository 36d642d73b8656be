"""`sbdk init --from-dbt`: takes a dbt project over into the folder of a new project, and says what it changed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from sbdk.core.errors import UsageError
from sbdk.spec.config import PROJECT_NAME

_LEFT_OUT = ("target", "logs", ".git", ".venv", "venv", "__pycache__", "*.duckdb", "*.duckdb.wal", "profiles.yml")
_LOCAL = re.compile(r"(?P<key>\blocal:\s*)(?P<quote>[\"']?)(?P<path>[^\"'\s#}]+)(?P=quote)")
_DATABASE = "{{{{ env_var('SBDK_DATABASE', '.sbdk/dbt/{target}.duckdb') }}}}"


def check_dbt_project(source: Path) -> Path:
    """The absolute folder of the dbt project; UsageError if there is none."""
    source = source.expanduser().absolute()
    if not (source / "dbt_project.yml").is_file():
        raise UsageError("there is no dbt_project.yml in it", file=source, hint="name the folder of a dbt project")
    return source


def take_over(source: Path, dbt: Path, home: Path) -> tuple[dict[str, Any], list[str]]:
    """Copy the dbt project into the folder `dbt`, which is replaced, with a profile that points at sbdk's builds.

    `home`: the final folder of the new project. Returns settings of sbdk_config.json, and sentences about what is
    different from the original.
    """
    shutil.rmtree(dbt)
    shutil.copytree(source, dbt, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    changes = _move_local_packages(source, dbt, home / "dbt")
    settings, of_profile = _write_profile(source, dbt)
    return settings, [*changes, *of_profile]


def _move_local_packages(source: Path, dbt: Path, final: Path) -> list[str]:
    """Packages by a relative path that leads out of the project: the path from the new place."""
    changes = []
    for file in (dbt / "packages.yml", dbt / "dependencies.yml"):
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        for found in reversed(list(_LOCAL.finditer(text))):
            path = Path(os.path.normpath(source / found["path"]))
            if Path(found["path"]).is_absolute() or path.is_relative_to(source):
                continue
            new = os.path.relpath(path, final)
            text = f"{text[: found.start('path')]}{new}{text[found.end('path') :]}"
            changes.append(f"dbt/{file.name}: the package {found['path']} is {new} from here")
        if text:
            file.write_text(text, encoding="utf-8")
    return changes


def _write_profile(source: Path, dbt: Path) -> tuple[dict[str, Any], list[str]]:
    project = _mapping(source / "dbt_project.yml")
    name = str(project.get("profile") or project.get("name") or "default")
    found, origin = _profile(source, name)
    target = str(found.get("target") or "dev")
    outputs = found.get("outputs") if isinstance(found.get("outputs"), dict) else None
    outputs = outputs or {target: {"type": "duckdb"}}
    if not re.fullmatch(PROJECT_NAME, target):  # a target may be a Jinja expression
        target = next((each for each in outputs if re.fullmatch(PROJECT_NAME, str(each))), "dev")
    changes = [f"dbt/profiles.yml: of {origin}; every path is env_var('SBDK_DATABASE'), the build of a run"]
    written = {str(each): _output(str(each), dict(output or {}), changes) for each, output in outputs.items()}
    if target not in written:
        written[target] = _output(target, {"type": "duckdb"}, changes)
    profile = {name: {"target": f"{{{{ env_var('SBDK_TARGET', '{target}') }}}}", "outputs": written}}
    (dbt / "profiles.yml").write_text(yaml.safe_dump(profile, sort_keys=False, width=120), encoding="utf-8")
    settings = {"target": target} if target != "dev" else {}
    stem = _stem(outputs.get(target) or {})
    if stem and stem != target:
        settings["duckdb_path"] = f"data/{stem}.duckdb"
        changes.append(f"sbdk_config.json: duckdb_path is data/{stem}.duckdb, so that the database is called {stem}")
    return settings, changes


def _profile(source: Path, name: str) -> tuple[dict[str, Any], str]:
    """The profile of that name beside the project or in the home folder, and where it is from."""
    for file in (source / "profiles.yml", Path.home() / ".dbt" / "profiles.yml"):
        found = _mapping(file).get(name)
        if isinstance(found, dict):
            return found, str(file)
    return {}, "no profile that was found"


def _output(target: str, output: dict[str, Any], changes: list[str]) -> dict[str, Any]:
    """An output of the profile for DuckDB, with the path of sbdk's builds."""
    kind = output.get("type", "duckdb")
    if kind != "duckdb":
        changes.append(f"dbt/profiles.yml: the output {target} was of type {kind} and is of type duckdb now")
        output = {key: output[key] for key in ("schema", "threads") if key in output}
    output.pop("database", None)
    return {**output, "type": "duckdb", "path": _DATABASE.format(target=target)}


def _stem(output: dict[str, Any]) -> str | None:
    """The name of the database that the output's file had."""
    path = str(output.get("path") or "")
    if output.get("type", "duckdb") != "duckdb" or not re.fullmatch(r"[^{}:]+\.\w+", path):
        return None
    return Path(path).stem


def _mapping(file: Path) -> dict[str, Any]:
    """A YAML file as a mapping; empty where it is missing. UsageError if it is no YAML."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"cannot be read: {' '.join(str(error).split())}", file=file) from None
    return found if isinstance(found, dict) else {}
