"""Data sets opened by name (shipped, or of an installed package) or by the path of a file that declares one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from pathlib import Path

from sbdk.core.errors import ConfigError, UnknownName
from sbdk.datasets.base import Dataset
from sbdk.datasets.union import Datasets
from sbdk.spec.data_sets import data_sets
from sbdk.spec.world import WorldSettings

SUFFIXES = (".yml", ".yaml", ".json", ".py")


def open_dataset(name_or_path: str, settings: WorldSettings, root: Path) -> Dataset:
    """One data set. A path is relative to the project's `root` and stays inside of it.

    Raises UnknownName for a name that is not registered, ConfigError for a file that declares none. Generators in
    the project's `plugins/` must have been loaded before.
    """
    if Path(name_or_path).suffix not in SUFFIXES:
        return _named(name_or_path, settings)
    from sbdk.datasets.declared.dataset import DeclaredDataset
    from sbdk.datasets.declared.load import read_dataset

    path = (root / name_or_path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ConfigError(f"datasets: {name_or_path!r} is outside the project")
    return DeclaredDataset(read_dataset(path), settings, file=path)


def _named(name: str, settings: WorldSettings) -> Dataset:
    try:
        entry = data_sets.get(name)
    except UnknownName as error:
        raise UnknownName(error.message, hint=f"{error.hint}, or the path of a file {'|'.join(SUFFIXES)}") from None
    opens: Callable[[WorldSettings], Dataset] = pkgutil.resolve_name(entry.opens)
    return opens(settings)


def open_datasets(names: Sequence[str], settings: WorldSettings, root: Path) -> Datasets:
    """The tables of several data sets together. A table that two of them have is a ConfigError."""
    return Datasets({name: open_dataset(name, settings, root) for name in names}, settings.anchor)
