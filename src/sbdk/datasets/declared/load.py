"""A declared data set from a file: YAML, JSON, or Python that binds `dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sbdk.core.errors import ConfigError, SourceError
from sbdk.core.imports import import_file
from sbdk.spec.dataset import Dataset, first_error


def read_dataset(path: Path) -> Dataset:
    """The data set that `path` declares; a ConfigError names file, key and the nearest valid key."""
    if not path.is_file():
        raise ConfigError(
            "there is no such file", file=path, hint="`datasets` names data sets, or files in the project"
        )
    if path.suffix == ".py":
        return _from_python(path)
    return parse_dataset(_content(path), file=path)


def parse_dataset(content: Any, *, file: Path | str | None = None) -> Dataset:
    """The data set in plain data (dicts, lists, numbers, strings), as YAML and JSON have it."""
    if not isinstance(content, dict):
        raise ConfigError(f"a data set is a mapping, not {type(content).__name__}", file=file)
    try:
        return Dataset.model_validate(content)
    except ValidationError as error:
        message, hint = first_error(error, Dataset)
        raise ConfigError(message, file=file, hint=hint) from None


def _content(path: Path) -> Any:
    if path.suffix == ".json":
        from sbdk.spec import strict_json

        return strict_json.load(path)
    from sbdk.spec import strict_yaml

    return strict_yaml.load(path)


def _from_python(path: Path) -> Dataset:
    try:
        found = getattr(import_file(path, "sbdk_dataset"), "dataset", None)
    except SourceError as error:
        if isinstance(error.__cause__, ValidationError):
            message, hint = first_error(error.__cause__, Dataset)
            raise ConfigError(message, file=path, hint=hint) from None
        raise
    if not isinstance(found, Dataset):
        raise ConfigError("binds no `dataset`", file=path, hint="dataset = sbdk.spec.dataset.Dataset(name=…, tables=…)")
    return found
