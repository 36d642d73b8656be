"""Which environment variables are read, and as what: known names only, strings that Pydantic types."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sbdk.core.errors import ConfigError
from sbdk.core.suggest import nearest
from sbdk.spec.config import ProjectConfig
from sbdk.spec.problems import explain
from sbdk.spec.secrets import is_secret_variable
from sbdk.spec.sections import Section
from sbdk.spec.validating import KeyPath

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


def read_variables(variables: Mapping[str, str], where: str = "") -> Iterator[tuple[str, KeyPath, Any]]:
    """(variable, key path, value as JSON) of every known variable that is set, aliases first.

    `where` follows the variable's name, here and in errors: " in .env".
    """
    for name, path in ALIASES.items():
        if variables.get(name):
            yield name + where, path, _typed(name + where, path, variables[name])
    for name, path in known_variables().items():
        if name in variables:
            yield name + where, path, _typed(name + where, path, variables[name])


def unknown_variables(variables: Mapping[str, str]) -> list[str]:
    """One warning for each SBDK_ variable that nothing reads."""
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
    of: Any = Annotated[typing.cast(Any, field.annotation), field]
    adapter: TypeAdapter[Any] = TypeAdapter(of)
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
