"""Settings from environment variables, and a project's `.env`: its variables, its permissions, whether git has it."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sbdk.core.errors import ConfigError, nearest
from sbdk.spec.config import ProjectConfig
from sbdk.spec.config_sections import Section
from sbdk.spec.errors import explain
from sbdk.spec.secrets import is_secret_variable
from sbdk.spec.strict_json import read_text
from sbdk.spec.validate import KeyPath, Setting

PREFIX = "SBDK_"
RESERVED = ("SBDK_TEST", "SBDK_FAILPOINT", "SBDK_DATABASE")
# Names that other tools use for the same thing; the SBDK_ name beside them wins.
ALIASES: dict[str, KeyPath] = {
    "DB_PATH": ("duckdb_path",),
    "DBT_PROFILES_DIR": ("profiles_dir",),
    "DATA_GENERATION_SEED": ("seed",),
    "SYNTHETIC_DATA_SCALE": ("scale",),
}


@cache
def known_variables() -> dict[str, KeyPath]:
    """SBDK_ name → key path, of every key with a single value."""
    return {PREFIX + "__".join(path).upper(): path for path, _ in _leaves(ProjectConfig)}


def read_variables(variables: Mapping[str, str], where: str = "") -> Iterator[tuple[KeyPath, Setting]]:
    """Key path and value, as JSON has it, of every known variable that is set, aliases first.

    `where` follows the variable's name, in `Setting.by` and in errors: " in .env".
    """
    aliases = [(name, path) for name, path in ALIASES.items() if variables.get(name)]
    own = [(name, path) for name, path in known_variables().items() if name in variables]
    for name, path in [*aliases, *own]:
        yield path, Setting(_typed(name + where, path, variables[name]), name + where)


def unknown_variables(variables: Mapping[str, str]) -> list[str]:
    """One warning for each SBDK_ variable that is no key, no secret and not reserved."""
    warnings = []
    known = known_variables()
    for name in sorted(variables):
        if not name.upper().startswith(PREFIX) or name in known or name in RESERVED or is_secret_variable(name):
            continue
        near = nearest(name.upper(), [*known, *RESERVED])
        hint = f"; did you mean {near}?" if near else ""
        warnings.append(f"the environment variable {name} is not known and is not read{hint}")
    return warnings


def _typed(name: str, path: KeyPath, text: str) -> Any:
    """The text as the key's type. Lists are written with commas between their items."""
    field = dict(_leaves(ProjectConfig))[path]
    if typing.get_origin(field.annotation) is list:
        return [item.strip() for item in text.split(",") if item.strip()]
    annotation: Any = Annotated[typing.cast(Any, field.annotation), field]
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    try:
        return adapter.dump_python(adapter.validate_strings(text), mode="json")
    except ValidationError as error:
        message, hint = explain(error.errors()[0], name)
        raise ConfigError(message, hint=hint or f"{path[-1]}: {field.description}") from error


def _leaves(model: type[Section], above: KeyPath = ()) -> Iterator[tuple[KeyPath, FieldInfo]]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            yield from _leaves(section, (*above, name))
        elif not _is_mapping(field.annotation) and name != "schema_":
            yield (*above, name), field


def _is_mapping(annotation: Any) -> bool:
    return not isinstance(annotation, types.UnionType) and typing.get_origin(annotation) is dict


def read_dotenv(path: Path) -> dict[str, str]:
    """Variables of `path`, empty if there is none. Nothing is interpolated, nothing is put into the environment.

    ConfigError names the line that is not NAME=value, and never repeats it: it may hold a secret.
    """
    if not path.exists():
        return {}
    from dotenv.parser import parse_stream

    variables: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(read_text(path))):
        if binding.error or (binding.key is not None and binding.value is None):
            line = binding.original.line + _blank_lines(binding.original.string)
            raise ConfigError(f"line {line}: not of the form NAME=value", file=path)
        if binding.key is not None and binding.value is not None:
            variables[binding.key] = binding.value
    return variables


def _blank_lines(original: str) -> int:
    return original[: len(original) - len(original.lstrip())].count("\n")


def guard_dotenv(path: Path) -> list[str]:
    """Take reading and writing by others away from `path`; warnings for what was, or still is, wrong."""
    if not path.exists():
        return []
    warnings = []
    about = path.stat()
    if about.st_uid != os.getuid():
        warnings.append(f"{path} belongs to another user (uid {about.st_uid})")
    if stat.S_IMODE(about.st_mode) & 0o077:
        warnings.append(_close(path, stat.S_IMODE(about.st_mode)))
    if _tracked_by_git(path):
        warnings.append(
            f"{path} is tracked by git; take it out with `git rm --cached {path.name}` and change its secrets"
        )
    return warnings


def _close(path: Path, mode: int) -> str:
    was = f"{path} could be read or written by others (mode {mode:04o})"
    try:
        path.chmod(0o600)
    except OSError as error:
        return f"{was}, and that could not be changed: {error.strerror}"
    return f"{was}; it is now 0600"


def _tracked_by_git(path: Path) -> bool:
    """Whether git's index names the file. Git is asked only where a repository may be; without git nobody commits."""
    folder = path.resolve().parent
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return False
    # A repository's own configuration may name a program for this; none is to be started here.
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--", path.name]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
